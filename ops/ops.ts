import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { hostname } from 'node:os'
import { type Client, formatAddress, formatServiceKey, type Server, sameSecret } from 'tsubo'
import { formatHostPort } from '../runtime/address.js'
import { createMetrics, type MetricsOptions } from './metrics.js'
import { redact } from './redact.js'

export interface OpsOptions extends MetricsOptions {
  /** What `/config` shows, without secrets: what is called `password`, `token` and the like is hidden. Default: nothing. */
  readonly config?: unknown
  /**
   * Changes (`POST /online`, `POST /offline`) have to show this as `Authorization: Bearer <token>`. Default: none, and nothing
   * can be changed. At least 16 characters; `readSecret({ file })` for one that may change.
   */
  readonly token?: string | (() => string)
  /**
   * Names under which it may be asked, beside IP addresses, `localhost` and this machine's own name. Others are refused, lest a
   * page in somebody's browser reads along by a name that points here (DNS rebinding).
   */
  readonly hosts?: readonly string[]
}

export interface OpsListenOptions {
  /** Default 0: a free one. Dubbo's is 22222. */
  readonly port?: number
  /** Default 127.0.0.1. `0.0.0.0` for probes and scrapers from outside. */
  readonly host?: string
}

/** For whoever operates a process: what it is doing, and a switch to take it out of the traffic. */
export interface Ops {
  /** Rejects when the port can't be had. */
  listen(options?: OpsListenOptions): Promise<RunningOps>
}

export interface RunningOps {
  readonly host: string
  readonly port: number
  /** `http://127.0.0.1:22222` */
  readonly url: string
  close(): Promise<void>
}

/** What a request may be like. All of it comes from strangers. */
const limits = {
  headerBytes: 8192,
  headers: 50,
  bodyBytes: 4096,
  connections: 64,
  headersTimeoutMs: 5000,
  requestTimeoutMs: 10_000,
} as const

interface Answer {
  readonly status: number
  readonly body: string
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

interface Route {
  readonly method: 'GET' | 'POST'
  answer(url: URL): Answer
}

/**
 * Makes the ops endpoint of a process: `/livez`, `/readyz`, `/startupz`, `/metrics`, `/services`, `/config`, and `POST /online`
 * and `/offline`; Dubbo's names for them work, too. Throws RangeError for a token that is too short.
 */
export function createOps(options: OpsOptions = {}): Ops {
  const { servers = [], clients = [] } = options
  const token = typeof options.token === 'string' ? () => options.token as string : options.token
  if (token !== undefined && token().length < 16) {
    throw new RangeError('the ops token is too short to keep anybody out: give at least 16 characters')
  }
  const metrics = createMetrics(options)
  const names = new Set(['localhost', hostname(), ...(options.hosts ?? [])].map((name) => name.toLowerCase()))
  const routes = routesOf(servers, clients, options.config, () => ({
    status: 200,
    body: metrics.read(),
    type: metrics.contentType,
  }))

  function answer(request: IncomingMessage): Answer {
    const host = hostOf(request)
    if (host === undefined || !(isIP(host) || names.has(host))) {
      return failed(421, `not asked as ${JSON.stringify(host ?? '')}: ask by address, or give this name to \`hosts\``)
    }
    const url = urlOf(request)
    const route = url && routes.get(url.pathname)
    if (!url || !route) return failed(404, `there is only ${[...routes.keys()].join(' ')}`)
    const method = request.method === 'HEAD' ? 'GET' : request.method
    if (method !== route.method) {
      return { ...failed(405, `${url.pathname} takes ${route.method}`), headers: { allow: route.method } }
    }
    if (route.method === 'POST') {
      if (token === undefined) return failed(403, 'nothing can be changed here: no token was set for this endpoint')
      const shown = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
      if (!sameSecret(shown, token())) {
        return {
          ...failed(401, 'show the token: Authorization: Bearer ...'),
          headers: { 'www-authenticate': 'Bearer' },
        }
      }
    }
    return route.answer(url)
  }

  return {
    async listen({ port = 0, host = '127.0.0.1' } = {}) {
      const server = createHttpServer(
        {
          maxHeaderSize: limits.headerBytes,
          headersTimeout: limits.headersTimeoutMs,
          requestTimeout: limits.requestTimeoutMs,
          keepAliveTimeout: limits.requestTimeoutMs,
          connectionsCheckingInterval: 1000,
        },
        (request, response) => {
          request.on('error', () => response.destroy())
          withBody(request, (tooLarge) => {
            send(
              response,
              request,
              tooLarge ? failed(413, `at most ${limits.bodyBytes} bytes`) : safely(answer, request),
            )
          })
        },
      )
      server.maxHeadersCount = limits.headers
      server.maxConnections = limits.connections
      await bind(server, host, port)
      // One that fails later (out of file descriptors) goes on listening.
      server.on('error', (error) => console.warn(`tsubo: the ops endpoint: ${error.message}`))
      const bound = (server.address() as AddressInfo).port
      return {
        host,
        port: bound,
        url: `http://${formatHostPort(host, bound)}`,
        async close() {
          metrics.close()
          const closed = new Promise<void>((resolve) => server.close(() => resolve()))
          server.closeAllConnections()
          await closed
        },
      }
    },
  }
}

function routesOf(
  servers: readonly Server[],
  clients: readonly Client[],
  config: unknown,
  readMetrics: () => Answer,
): ReadonlyMap<string, Route> {
  const get = (answer: () => Answer): Route => ({ method: 'GET', answer })
  const turn = (online: boolean): Route => ({
    method: 'POST',
    answer: (url) => turned(servers, online, url.searchParams.get('service') || undefined),
  })
  const live = get(() => text(200, 'ok'))
  const ready = get(() => probed(servers.filter((server) => !server.ready).map(({ application }) => application)))
  const startup = get(() =>
    probed(servers.filter((server) => !hasStarted(server)).map(({ application }) => application)),
  )
  const services = get(() => json(servicesOf(servers, clients)))
  return new Map([
    ['/livez', live],
    ['/readyz', ready],
    ['/startupz', startup],
    ['/metrics', get(readMetrics)],
    ['/services', services],
    ['/config', get(() => json(redact(config ?? {})))],
    ['/online', turn(true)],
    ['/offline', turn(false)],
    // Dubbo's QoS.
    ['/live', live],
    ['/ready', ready],
    ['/startup', startup],
    ['/ls', services],
  ])
}

function hasStarted({ running }: Server): boolean {
  return running.some(({ state }) => state !== 'starting')
}

function probed(missing: readonly string[]): Answer {
  return missing.length === 0 ? text(200, 'ok') : text(503, missing.map((name) => `${name} isn't`).join('\n'))
}

/** What this process provides, and what it calls. */
function servicesOf(servers: readonly Server[], clients: readonly Client[]) {
  return {
    provided: servers.flatMap(({ application, running }) =>
      running.flatMap(({ services, published, state, registration }) =>
        services.map(({ key, online, weight }) => ({
          service: formatServiceKey(key),
          application,
          address: formatAddress(published),
          state,
          registration,
          online,
          weight,
        })),
      ),
    ),
    called: clients.flatMap(({ registry, status }) =>
      status.map(({ service, discovery, providers, breakers }) => ({
        service: formatServiceKey(service),
        registry,
        discovery,
        providers: providers.map(({ address, latencyMs, ...rest }) => ({
          address: formatAddress(address),
          ...rest,
          latencyMs: Math.round(latencyMs * 10) / 10,
        })),
        breakers: breakers.map((each) => ({ ...each, provider: each.provider && formatAddress(each.provider) })),
      })),
    ),
  }
}

function turned(servers: readonly Server[], online: boolean, service: string | undefined): Answer {
  const running = servers.flatMap((server) => server.running)
  const having = running.filter(
    ({ services }) => service === undefined || services.some(({ key }) => isNamed(key, service)),
  )
  if (having.length === 0)
    return failed(404, service === undefined ? 'nothing listens here' : `${service.slice(0, 200)} is not offered here`)
  for (const run of having) {
    if (online) run.online(service)
    else run.offline(service)
  }
  return json({ services: servicesOf(servers, []).provided })
}

function isNamed(key: Parameters<typeof formatServiceKey>[0], service: string): boolean {
  return key.name === service || formatServiceKey(key) === service
}

function text(status: number, body: string): Answer {
  return { status, body: `${body}\n` }
}

function json(value: unknown): Answer {
  return { status: 200, body: `${JSON.stringify(value, undefined, 2)}\n`, type: 'application/json; charset=utf-8' }
}

function failed(status: number, message: string): Answer {
  return text(status, message)
}

/** A bug of ours is no reason to end a process that works. */
function safely(answer: (request: IncomingMessage) => Answer, request: IncomingMessage): Answer {
  try {
    return answer(request)
  } catch (error) {
    console.error('the ops endpoint failed', error)
    return failed(500, 'this failed; the process has logged why')
  }
}

function send(response: ServerResponse, request: IncomingMessage, { status, body, type, headers }: Answer): void {
  if (response.destroyed) return
  response.writeHead(status, {
    'content-type': type ?? 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'",
    ...(status === 413 && { connection: 'close' }),
    ...headers,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** Reads over a body, for none is wanted; says whether it was too large, as soon as it is. */
function withBody(request: IncomingMessage, then: (tooLarge: boolean) => void): void {
  let bytes = 0
  let told = false
  const tell = (tooLarge: boolean) => {
    if (told) return
    told = true
    then(tooLarge)
  }
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > limits.bodyBytes) tell(true)
  })
  request.on('end', () => tell(false))
}

/** The name it was asked by, without the port. */
function hostOf({ headers }: IncomingMessage): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(headers.host ?? '')
  return (match?.[1] ?? match?.[2])?.toLowerCase()
}

function urlOf({ url = '' }: IncomingMessage): URL | undefined {
  const path = /^\/(?!\/)/.test(url) && `http://ops${url}`
  return path && URL.canParse(path) ? new URL(path) : undefined
}

function bind(server: HttpServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) => {
      const where = formatHostPort(host, port)
      reject(new Error(`the ops endpoint can't listen on ${where}: ${cause.message}`, { cause }))
    }
    server.once('error', fail)
    server.listen({ host, port }, () => {
      server.off('error', fail)
      resolve()
    })
  })
}
