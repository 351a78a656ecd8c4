import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import type tls from 'node:tls'
import { type Address, socketPath } from '../address.js'
import { RpcError } from '../error.js'
import { type CertificateFiles, keepCertificates } from './certificate.js'

/** TLS on a server's port. */
export interface ServerTls extends CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
  /** Authorities of client certificates; nobody else's are believed. */
  readonly caFile?: string
  /**
   * `none` (default): clients show no certificate. `request`: one that shows a good certificate is known by it, others
   * may call too. `require`: nobody else may.
   */
  readonly clientCertificate?: 'none' | 'request' | 'require'
  /** Take connections without TLS on the same port as well. Default false: they are refused, and told why. */
  readonly plain?: boolean
}

/** TLS of a client: all its connections use it. */
export interface ClientTls extends CertificateFiles {
  /** Authorities of providers' certificates; default: those Node trusts. */
  readonly caFile?: string
  /** The own certificate and key, for providers that want to see one. */
  readonly certFile?: string
  readonly keyFile?: string
  /** The name that certificates must be for, in place of the host in a provider's address. */
  readonly serverName?: string
  /** Take any certificate, so that anybody on the way can listen and answer: for trials on one machine. Warns once. */
  readonly insecureSkipVerify?: boolean
}

/** What a connection's certificate says of its client. */
export interface Identity {
  readonly principal: string | undefined
  /** Why a required certificate isn't good. */
  readonly refusal: string | undefined
}

/** Of the half megabyte of heap that Node's TLS is, nothing is taken where there is none. */
const nodeTls = (): typeof tls => process.getBuiltinModule('node:tls')

/** How long a handshake may take. Milliseconds. */
const handshakeTimeoutMs = 10_000

/** Does a connection that begins so speak TLS? undefined: more bytes are needed to tell. A handshake record is 16 03. */
export function beginsTls(head: Buffer): boolean | undefined {
  if (head.length > 0 && head[0] !== 0x16) return false
  if (head.length > 1 && head[1] !== 0x03) return false
  return head.length > 2 ? true : undefined
}

/**
 * The server's end: hand it sockets whose first bytes were put back. It is a `tls.Server` that never listens, since a
 * TLSSocket made by hand hangs on bytes that were read before. Throws Error for files that can't be used.
 */
export function secureServer(
  options: ServerTls,
  secured: (socket: Socket, identity: Identity) => void,
): (socket: Socket) => void {
  const { clientCertificate = 'none' } = options
  if (clientCertificate !== 'none' && options.caFile === undefined) {
    throw new TypeError(`tls: clientCertificate: '${clientCertificate}' needs caFile: whose certificates are good?`)
  }
  const fixed: tls.TlsOptions = {
    requestCert: clientCertificate !== 'none',
    // Judged by `identify`: a client that is refused in its own protocol knows why, one whose socket is cut doesn't.
    rejectUnauthorized: false,
    handshakeTimeout: handshakeTimeoutMs,
    // No resumption: Node takes a resumed session for an authorized one, whatever certificate it began with.
    secureOptions: constants.SSL_OP_NO_TICKET,
  }
  const server = nodeTls().createServer(fixed)
  const renew = keepCertificates(options, (certificates) => {
    server.setSecureContext({ ...certificates, secureOptions: constants.SSL_OP_NO_TICKET })
  })
  server.on('secureConnection', (socket) => secured(socket, identify(socket, clientCertificate)))
  // Of a client that fails at the handshake nothing is known; Node leaves its socket open after a time-out.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return (socket) => {
    renew()
    server.emit('connection', socket)
  }
}

function identify(socket: tls.TLSSocket, wanted: ServerTls['clientCertificate']): Identity {
  if (wanted === 'none' || wanted === undefined) return { principal: undefined, refusal: undefined }
  const shown = socket.getPeerX509Certificate() !== undefined
  const good = shown && socket.authorized && !socket.isSessionReused()
  const principal = good ? principalOf(socket.getPeerCertificate()) : undefined
  if (wanted === 'request' || good) return { principal, refusal: undefined }
  const why = shown
    ? `the client's certificate isn't good here: ${socket.authorizationError ?? 'it was not verified'}`
    : 'this port wants a client certificate, and none was shown (tls: { certFile, keyFile })'
  return { principal: undefined, refusal: why }
}

/** The first URI, else the first DNS name of the subjectAltName, else the common name. */
export function principalOf(certificate: {
  readonly subject: { readonly CN?: unknown }
  readonly subjectaltname?: string | undefined
}): string | undefined {
  const names = new Map<string, string>()
  // Node quotes, as JSON does, what could be taken for the beginning of another name.
  for (const [, kind = '', text = ''] of (certificate.subjectaltname ?? '').matchAll(
    /(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,"]*)/g,
  )) {
    if (!names.has(kind)) names.set(kind, text.startsWith('"') ? String(JSON.parse(text)) : text)
  }
  // Several common names come as an array, and are no name.
  const commonName = certificate.subject?.CN
  return names.get('URI') || names.get('DNS') || (typeof commonName === 'string' ? commonName : undefined) || undefined
}

/** Starts a TLS connection; its socket emits `secureConnect` when it may be used. */
export type SecureDial = (address: Address) => Socket

let warned = false

/** The client's end. Throws Error for files that can't be used. */
export function secureDial(options: ClientTls): SecureDial {
  const { serverName, insecureSkipVerify = false } = options
  if (insecureSkipVerify && !warned) {
    warned = true
    console.warn(
      'tsubo: tls.insecureSkipVerify is on: connections are encrypted, but anybody may be at their other end',
    )
  }
  const context = keepCertificates(options, (certificates) => nodeTls().createSecureContext(certificates))
  return ({ host, port }) => {
    const path = socketPath(host)
    // A server name has to be a name; addresses are looked for among the certificate's addresses.
    const name = serverName ?? (path !== undefined || /^[\d.]+$|:/.test(host) ? '' : host)
    return nodeTls().connect({
      ...(path === undefined ? { host, port } : { path }),
      servername: name,
      secureContext: context(),
      rejectUnauthorized: !insecureSkipVerify,
    })
  }
}

const reasons: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself; name its authority by tls.caFile',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is of an authority not trusted here; name that by tls.caFile',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is of an authority not trusted here; name that by tls.caFile',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is of an authority not trusted here; name that by tls.caFile',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is of an authority not trusted here; name that by tls.caFile',
  CERT_SIGNATURE_FAILURE: 'its certificate is not of the authority it names; check tls.caFile',
  ECONNRESET: 'it closed the connection before TLS was agreed on; has the provider `tls` on?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it answered something that is no TLS; has the provider `tls` on?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it answered something that is no TLS; has the provider `tls` on?',
}

/** In words, why a connection ended before it was secure. */
export function explainTls(reason: RpcError): RpcError {
  const error = reason.cause as (NodeJS.ErrnoException & { cert?: tls.PeerCertificate }) | undefined
  const code = error?.code ?? ''
  const text =
    code === 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? `its certificate is for ${error?.cert?.subjectaltname ?? 'nobody'}; tls.serverName names another one to expect`
      : reasons[code]
  if (text === undefined) return reason
  return new RpcError('unavailable', `${text} (${code})`, { cause: error })
}
