/**
 * Where a provider listens. `protocol` is the scheme of its registry URL (`tsubo`, `dubbo`).
 * `formatAddress` of it is the key of sockets, back-off, health and ejection.
 */
export interface Address {
  readonly protocol: string
  readonly host: string
  readonly port: number
}

/** A caller, as far as its connection tells. `host` and `port` are where it calls from. */
export interface Peer extends Address {
  /** Nobody on the way can listen: TLS, or a call within the process. */
  readonly secure: boolean
  /**
   * Who it is by its client certificate, once that was verified: the first URI of its subjectAltName, else the first DNS
   * name, else the subject's common name. `in-process` for calls without a socket.
   */
  readonly principal: string | undefined
}

/** The path of a unix domain socket, which stands in a host's place as `unix:/run/tickets.sock`, with port 0. */
export function socketPath(host: string): string | undefined {
  return host.startsWith('unix:/') ? host.slice('unix:'.length) : undefined
}

/** `host:port`, IPv6 hosts in brackets; `unix:/path` as it is. */
export function formatHostPort(host: string, port: number): string {
  if (socketPath(host) !== undefined) return host
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** `tsubo://127.0.0.1:20880` */
export function formatAddress(address: Address): string {
  return `${address.protocol}://${formatHostPort(address.host, address.port)}`
}

/**
 * Reads `host:port`, `[::1]:port`, or `host` alone where a default port is given.
 * Throws RangeError when the text is not one; the message quotes it.
 */
export function parseHostPort(text: string, defaultPort?: number): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/?#@[\]]+))(?::(\d{1,5}))?$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = match?.[3] === undefined ? defaultPort : Number(match[3])
  if (!host || port === undefined || port > 65535) {
    throw new RangeError(
      `${JSON.stringify(text.replace(/.*@/, '***@').slice(0, 100))} is not an address; write host:port`,
    )
  }
  return { host, port }
}

/** True for names and addresses by which a machine reaches only itself: `localhost`, 127.x.x.x, `::1`, `unix:/path`. */
export function isLoopbackHost(host: string): boolean {
  if (socketPath(host) !== undefined) return true
  return /^(?:localhost|(?:::ffff:)?127(?:\.\d{1,3}){3}|(?:0{0,4}:){2,7}0{0,3}1)$/i.test(host)
}

/** True for the addresses that mean "every interface" to a listener and nothing to a caller: `0.0.0.0`, `::`. */
export function isUnspecifiedHost(host: string): boolean {
  return /^(?:(?:::ffff:)?0(?:\.0{1,3}){3}|(?:0{0,4}:){2,7}0{0,4})$/i.test(host)
}

/**
 * Dubbo's URL: a service instance in a registry, as text (`dubbo-common` URL.java; reference: ZooKeeper layout).
 * `tsubo://127.0.0.1:20880/com.miao.server.TicketService?application=provider-server&side=provider`
 */
export interface ServiceUrl {
  readonly protocol: string
  readonly host: string
  /** 0 where the URL has none, as in a consumer's. */
  readonly port: number
  /** Without the leading slash: the service's path, by default its full name. */
  readonly path: string
  readonly params: ReadonlyMap<string, string>
}

/** Dubbo's text of a URL, parameters in alphabetical order, not percent-encoded inside (the node name as a whole is). */
export function formatServiceUrl(url: ServiceUrl): string {
  const query = [...url.params]
    .filter(([, value]) => value !== '')
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, value]) => `${key}=${value}`)
    .join('&')
  const authority = url.port === 0 ? url.host : formatHostPort(url.host, url.port)
  return `${url.protocol}://${authority}/${url.path}${query && `?${query}`}`
}

/**
 * Reads Dubbo's URL text. Returns undefined for anything else: registry nodes are foreign input, and a node that
 * isn't a URL is skipped by its reader, not an error.
 */
export function parseServiceUrl(text: string): ServiceUrl | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this must refuse
  if (text.length > 16_384 || /[\u0000-\u001f\u007f]/.test(text)) return undefined
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]{0,31}):\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?(.*))?$/.exec(text)
  if (!match) return undefined
  const [, protocol = '', authority = '', path = '', query = ''] = match
  let place: { host: string; port: number }
  try {
    place = parseHostPort(authority.slice(authority.lastIndexOf('@') + 1), 0)
  } catch {
    return undefined
  }
  const params = new Map<string, string>()
  for (const part of query.split('&')) {
    const equals = part.indexOf('=')
    if (equals > 0) params.set(part.slice(0, equals), part.slice(equals + 1))
  }
  return { protocol, host: place.host, port: place.port, path, params }
}

/** Java's `URLEncoder.encode(text, "UTF-8")`, which makes Dubbo's node names. */
export function encodeNodeName(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

/** Java's `URLDecoder.decode`; undefined for text that is not such an encoding. */
export function decodeNodeName(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
