import { formatHostPort, parseHostPort } from '../address.js'
import { readSecret } from '../secret.js'
import { type NodeAcl, nodeAcls } from './zookeeper-client.js'

/** What a `zookeeper://` address says. */
export interface ZooKeeperAddress {
  readonly servers: readonly { readonly host: string; readonly port: number }[]
  /** `''` or `/a/b`: everything is below it. */
  readonly chroot: string
  /** `user:password` for ZooKeeper's digest scheme, from the address, `?digestFile=` or `?digestEnv=`. A secret. */
  readonly digest: string | undefined
  /** `?acl=`: what others may do with nodes that are made; default `creator` with a user, `open` without. */
  readonly acl: NodeAcl
  /** `?group=`: the first node of Dubbo's layout, default `dubbo`. */
  readonly group: string
  /** `?session=`: the session timeout to ask for, milliseconds. */
  readonly sessionTimeoutMs: number | undefined
  /** `?timeout=`: how long to wait for the first connection before saying that there is none, milliseconds. */
  readonly connectTimeoutMs: number | undefined
  /** The address without secrets. */
  readonly name: string
}

const defaultPort = 2181
const form =
  'write zookeeper://[user:password@]host:port[,host:port][/chroot][?backup=host:port&group=dubbo&session=30000]'

/**
 * Reads `zookeeper://[user:pass@]h:p[,h:p][/chroot][?backup=h2:p,h3:p&group=dubbo&session=30000&timeout=3000]`.
 * Parameters of other meanings are Dubbo's to use and are passed over. Throws RangeError that shows the form to write
 * and never the password.
 */
export function parseZooKeeperAddress(text: string): ZooKeeperAddress {
  const match = /^zookeeper:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?$/.exec(text)
  if (!match) throw new RangeError(`${shown(text)} is not a ZooKeeper address; ${form}`)
  const [, authority = '', path = '', query = ''] = match
  const at = authority.lastIndexOf('@')
  const params = new URLSearchParams(query)
  const hosts = [authority.slice(at + 1), ...params.getAll('backup')].join(',').split(',')
  const trimmed = hosts.map((host) => host.trim()).filter((host) => host !== '')
  let servers: { host: string; port: number }[]
  try {
    servers = trimmed.map((host) => parseHostPort(host, defaultPort))
  } catch (error) {
    // A password with a slash in it looks like a host that is none: what is wrong then mustn't be quoted.
    const cut = at < 0 && text.slice(text.indexOf(authority) + authority.length).includes('@')
    const what = cut ? 'in a user or password write "/", "?" and "#" as %2F, %3F and %23' : (error as Error).message
    throw new RangeError(`${shown(text)}: ${what}; ${form}`)
  }
  if (servers.length === 0 || servers.some(({ port }) => port === 0))
    throw new RangeError(`${shown(text)} names no server; ${form}`)
  const chroot = path.replace(/\/+$/, '')
  const group = params.get('group')?.replace(/^\/+|\/+$/g, '') || 'dubbo'
  for (const node of [...chroot.split('/').slice(1), ...group.split('/')]) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ZooKeeper refuses paths that have them
    if (node === '' || node === '.' || node === '..' || /[\u0000-\u001f\u007f-\u009f]/.test(node)) {
      throw new RangeError(`${shown(text)}: ${JSON.stringify(node)} can't be the name of a node; ${form}`)
    }
  }
  const digest = at < 0 ? digestElsewhere(params, text) : decode(authority.slice(0, at))
  return {
    servers,
    chroot,
    digest,
    acl: aclOf(params, digest !== undefined, text),
    group,
    sessionTimeoutMs: milliseconds(params, 'session', text),
    connectTimeoutMs: milliseconds(params, 'timeout', text),
    name: `zookeeper://${servers.map(({ host, port }) => formatHostPort(host, port)).join(',')}${chroot}`,
  }
}

/** `?digestFile=` or `?digestEnv=`: where `user:password` lies, so that the address itself is no secret. */
function digestElsewhere(params: URLSearchParams, text: string): string | undefined {
  const file = params.get('digestFile')
  const env = params.get('digestEnv')
  if (!file && !env) return undefined
  try {
    return readSecret(file ? { file } : { env: env as string })()
  } catch (cause) {
    throw new RangeError(`${shown(text)}: ${(cause as Error).message}; it is to hold user:password`, { cause })
  }
}

function aclOf(params: URLSearchParams, hasUser: boolean, text: string): NodeAcl {
  const value = params.get('acl')
  if (!value) return hasUser ? 'creator' : 'open'
  const acl = nodeAcls.find((each) => each === value)
  if (!acl) throw new RangeError(`${shown(text)}: acl=${value.slice(0, 20)} is none of ${nodeAcls.join(', ')}; ${form}`)
  if (acl !== 'open' && !hasUser)
    throw new RangeError(`${shown(text)}: acl=${acl} needs a user and a password to belong to; ${form}`)
  return acl
}

function milliseconds(params: URLSearchParams, name: string, text: string): number | undefined {
  const value = params.get(name)
  if (!value) return undefined
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1 || number > 3_600_000) {
    throw new RangeError(`${shown(text)}: ${name}=${value.slice(0, 20)} is not a number of milliseconds; ${form}`)
  }
  return number
}

/** As text for an error: cut, and without what stands before an `@`. */
function shown(text: string): string {
  return JSON.stringify(text.replace(/\/\/.*@/, '//***@').slice(0, 200))
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
