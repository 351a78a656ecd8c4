import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { networkInterfaces } from 'node:os'
import { resolve } from 'node:path'
import { formatHostPort, isLoopbackHost, isUnspecifiedHost, parseHostPort, socketPath } from './address.js'
import type { Registry } from './registry/registry.js'

/** Where a server listens and what consumers are told. Everything has a default that suits the registry. */
export interface ListenOptions {
  /** Default: `DUBBO_PORT_TO_BIND`, else 0: any free port, which consumers learn from the registry. */
  readonly port?: number
  /**
   * A unix domain socket in place of a port, for callers on this machine: `static://unix:/run/tickets.sock` finds it. A
   * socket file that nobody listens on any more is replaced; the own one is removed at the end.
   */
  readonly path?: string
  /** Who may connect to `path`, as a file's mode. Default 0o600: only processes of the same user. */
  readonly pathMode?: number
  /**
   * The address to bind. Default: `DUBBO_IP_TO_BIND`, else 127.0.0.1 where every registry is of this machine only,
   * else all interfaces.
   */
  readonly host?: string
  /**
   * `host:port` or `host` as consumers reach it from outside (containers, NAT); the host may be a name.
   * Default: `DUBBO_IP_TO_REGISTRY` and `DUBBO_PORT_TO_REGISTRY`, else the bound address, or, where all interfaces are
   * bound, the local address of the route to the registry.
   */
  readonly advertise?: string
}

type Environment = Readonly<Record<string, string | undefined>>
type Place = { readonly host: string; readonly port: number }
type Reach = Pick<Registry, 'name' | 'loopback' | 'routeTo'>

/** The longest path of a unix domain socket that the kernel takes, in bytes. */
const maxPathBytes = process.platform === 'linux' ? 107 : 103

/** A socket path as an address. Throws RangeError or TypeError where it can't be had, or can't be told to others. */
function pathAddress(path: string, options: ListenOptions, registries: readonly Reach[]): Place {
  if (options.port !== undefined || options.host || options.advertise) {
    throw new TypeError('listen: give either a path or a port, host and advertise')
  }
  const full = resolve(path)
  if (Buffer.byteLength(full) > maxPathBytes) {
    throw new RangeError(`${full} is too long for a socket: ${maxPathBytes} bytes are the most`)
  }
  const outside = registries.find(({ loopback, routeTo }) => !loopback || routeTo)
  if (outside) {
    throw new RangeError(
      `a socket at ${full} cannot be published in ${outside.name}; listen on a port for the consumers there`,
    )
  }
  return { host: `unix:${full}`, port: 0 }
}

/** What to bind. Throws RangeError for a port that isn't one, naming the option or variable it came from. */
export function bindAddress(
  options: ListenOptions,
  registries: readonly Reach[],
  env: Environment = process.env,
): Place {
  if (options.path !== undefined) return pathAddress(options.path, options, registries)
  const port = options.port ?? portOf(env, 'DUBBO_PORT_TO_BIND', 0) ?? 0
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new RangeError(`port ${port} is not a port; give 0 (any free one) to 65535`)
  }
  const host = options.host || env.DUBBO_IP_TO_BIND
  if (host) return { host, port }
  // Whoever advertises an outside address wants to be reached there, even if the registry is on this machine.
  const advertised = advertisedHost(options, env)
  if (registries.every(({ loopback }) => loopback) && (advertised === undefined || isLoopbackHost(advertised))) {
    return { host: '127.0.0.1', port }
  }
  const overIpv6 = registries.find(({ loopback }) => !loopback)?.routeTo?.host.includes(':') ?? false
  return { host: overIpv6 ? '::' : '0.0.0.0', port }
}

/**
 * What consumers are told, once `bound` is known. With several registries the first that other machines can read
 * decides: its readers need the outside address, and readers of this machine reach that one too.
 *
 * Rejects with RangeError, in one sentence that says what to do, rather than publish an address nobody could use:
 * 0.0.0.0 and `::` anywhere, a loopback address in a registry that other machines read.
 */
export async function publishedAddress(
  options: ListenOptions,
  bound: Place,
  registries: readonly Reach[],
  env: Environment = process.env,
): Promise<Place> {
  if (socketPath(bound.host) !== undefined) return bound
  const outside = registries.filter(({ loopback }) => !loopback)
  const port = advertisedPort(options, env) ?? bound.port
  const host = advertisedHost(options, env) ?? (await reachableHost(bound, outside))
  if (isUnspecifiedHost(host)) {
    throw new RangeError(
      `${formatHostPort(host, port)} cannot be published, since it means "every interface" and no caller can reach it; ` +
        'pass --advertise <host>:<port> with the address consumers shall use',
    )
  }
  const [reader] = outside
  if (reader && isLoopbackHost(host)) {
    throw new RangeError(
      `${formatHostPort(host, port)} cannot be published in ${reader.name}, since other machines would look for it on ` +
        'themselves; pass --advertise <host>:<port>, or name the registry by 127.0.0.1 if all is on this machine',
    )
  }
  return { host, port }
}

function advertisedHost(options: ListenOptions, env: Environment): string | undefined {
  return parseAdvertise(options)?.host ?? (env.DUBBO_IP_TO_REGISTRY || undefined)
}

function advertisedPort(options: ListenOptions, env: Environment): number | undefined {
  return parseAdvertise(options)?.port || portOf(env, 'DUBBO_PORT_TO_REGISTRY', 1)
}

/** Port 0 stands for "none said". */
function parseAdvertise({ advertise }: ListenOptions): Place | undefined {
  if (!advertise) return undefined
  try {
    const place = parseHostPort(advertise, 0)
    if (place.port !== 0 || !/:0+$/.test(advertise)) return place
  } catch {
    // Reported below, together with the port that is none.
  }
  throw new RangeError(
    `advertise ${JSON.stringify(advertise.slice(0, 100))} is not an address; give host:port, e.g. 10.0.0.5:20880`,
  )
}

function portOf(env: Environment, name: string, least: number): number | undefined {
  const text = env[name]
  if (!text) return undefined
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port >= least && port <= 65535) return port
  throw new RangeError(`${name}=${JSON.stringify(text.slice(0, 40))} is not a port; give ${least} to 65535 or unset it`)
}

async function reachableHost(bound: Place, outside: readonly Reach[]): Promise<string> {
  if (!isUnspecifiedHost(bound.host)) return bound.host
  const [first] = outside
  if (!first) return '127.0.0.1'
  const family = bound.host.includes(':') ? 0 : 4
  const towards = outside.find(({ routeTo }) => routeTo)?.routeTo
  let reason = `${first.name} says no address to route to`
  if (towards) {
    try {
      return await localAddressTowards(towards, family)
    } catch (error) {
      reason = `there is no route to ${formatHostPort(towards.host, towards.port)} (${(error as Error).message})`
    }
  }
  // A name that doesn't resolve yet (the registry starts later) is no obstacle where there is only one answer.
  const own = interfaceAddresses()
  if (own.length === 1 && own[0]) return own[0]
  const found = own.length === 0 ? 'this machine has no other address' : `this machine has ${own.join(', ')}`
  throw new RangeError(`${reason} and ${found}; pass --advertise <host>:<port> to say what consumers shall use`)
}

/** Asks the kernel which address it would send from: connecting a UDP socket picks a route and sends nothing. */
async function localAddressTowards(to: Place, family: 0 | 4): Promise<string> {
  const target = await lookup(to.host, { family })
  const socket = createSocket(target.family === 6 ? 'udp6' : 'udp4')
  try {
    return await new Promise<string>((resolve, reject) => {
      socket.once('error', reject)
      socket.connect(to.port, target.address, () => resolve(socket.address().address))
    })
  } finally {
    socket.close()
  }
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
}
