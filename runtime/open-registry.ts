import { memory } from './registry/memory.js'
import type { Registry } from './registry/registry.js'
import { several } from './registry/several.js'
import { staticRegistry } from './registry/static.js'
import { type ZooKeeperOptions, zookeeper } from './registry/zookeeper.js'

const forms = `write one of
  zookeeper://[user:password@]host:port[,host:port][/chroot][?backup=host:port]
  static://host:port[,host:port]   (a socket: static://unix:/path)
  memory://name`

/** What holds for registries of every kind that can make use of it. */
export type RegistryOptions = Pick<ZooKeeperOptions, 'onWarning'>

/**
 * The registry of an address; of several addresses, all of them as one. Throws RangeError that names what can't be
 * read and the forms to write; a password is never in it.
 */
export function openRegistry(address: string | readonly string[], options: RegistryOptions = {}): Registry {
  const addresses = typeof address === 'string' ? [address] : address
  const [only] = addresses
  if (only === undefined) throw new RangeError(`no registry address given; ${forms}`)
  if (addresses.length === 1) return open(only, options)
  const opened: Registry[] = []
  try {
    for (const each of addresses) opened.push(open(each, options))
  } catch (error) {
    for (const registry of opened) void registry.close()
    throw error
  }
  return several(opened)
}

function open(address: string, options: RegistryOptions): Registry {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//.exec(address)?.[1]
  const rest = scheme === undefined ? '' : address.slice(scheme.length + 3)
  const masked = (text: string) => text.replace(/.*@/s, '***@')
  const shown = JSON.stringify((scheme === undefined ? masked(address) : `${scheme}://${masked(rest)}`).slice(0, 200))
  switch (scheme) {
    case 'zookeeper':
      return zookeeper(address, options)
    case 'static':
      try {
        return staticRegistry(rest)
      } catch (error) {
        throw new RangeError(`${shown}: ${(error as Error).message}; ${forms}`)
      }
    case 'memory':
      if (!/^[\w.-]+$/.test(rest)) throw new RangeError(`${shown} names no memory registry; ${forms}`)
      return memory(rest)
    default:
      throw new RangeError(
        `${shown} is ${scheme ? `of the unknown scheme ${scheme.slice(0, 40)}` : 'no registry address'}; ${forms}`,
      )
  }
}
