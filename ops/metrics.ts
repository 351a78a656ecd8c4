import { bucketBoundsMs, type Client, formatServiceKey, type MethodCounts, type PeerCounts, type Server } from 'tsubo'
import { other } from '../runtime/observers/counts.js'
import { formatServerAddress } from '../runtime/service-key.js'
import { dubboMetrics } from './dubbo-metrics.js'
import { Exposition, type LabelValues } from './exposition.js'
import { ProcessMetrics } from './process-metrics.js'

export interface MetricsOptions {
  /** Whose calls. */
  readonly servers?: readonly Server[]
  readonly clients?: readonly Client[]
  /** The process's own name, as `service_name` of `target_info`. Default: that of its first server, else `consumer`. */
  readonly application?: string
  /**
   * `otel` (default): OpenTelemetry's names for calls. `dubbo`: those of Dubbo 3's Prometheus endpoint, for dashboards that
   * are there already. `both`: both, at twice the series. What else a process tells comes with any of them.
   */
  readonly names?: 'otel' | 'dubbo' | 'both'
  /** Tell calls apart by peer as well: a series for each method, outcome and peer. Default false. */
  readonly peers?: boolean
}

/** The metrics of a process, for Prometheus to read. */
export interface Metrics {
  /** As of now, in Prometheus's text format 0.0.4. */
  read(): string
  /** The content type of that. */
  readonly contentType: string
  /** Stops watching the event loop. */
  close(): void
}

/** What calls are told apart by, in the names of the metrics. */
export type Side = 'server' | 'client'

/** A side of the process with what it counted. */
export interface Counted {
  readonly side: Side
  readonly application: string
  readonly methods: readonly (MethodCounts | PeerCounts)[]
  /** Where a client finds providers. */
  readonly registry: string | undefined
}

/** Upper bounds of duration histograms, in seconds. */
const boundsSeconds = bucketBoundsMs.map((ms) => ms / 1000)

/** Makes the metrics of a process. Nothing is counted for it: what is read was counted anyway. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const { servers = [], clients = [], names = 'otel', peers = false } = options
  const application = options.application ?? servers[0]?.application ?? 'consumer'
  const own = new ProcessMetrics()
  return {
    contentType: Exposition.contentType,
    read() {
      const out = new Exposition()
      out.gauge('target_info', 'What this process is.', { service_name: application }, 1)
      const all = countedBy(servers, clients, application, peers)
      if (names !== 'dubbo') for (const counted of all) callMetrics(out, counted)
      if (names !== 'otel') dubboMetrics(out, all)
      for (const server of servers) serverMetrics(out, server)
      for (const client of clients) clientMetrics(out, client)
      own.write(out)
      return out.text
    },
    close: () => own.close(),
  }
}

function countedBy(
  servers: readonly Server[],
  clients: readonly Client[],
  application: string,
  peers: boolean,
): Counted[] {
  const read = ({ counts }: Server | Client) => (peers ? counts.peers : counts.methods)
  return [
    ...servers.map((server): Counted => {
      return { side: 'server', application: server.application, methods: read(server), registry: undefined }
    }),
    ...clients.map((client): Counted => {
      return { side: 'client', application, methods: read(client), registry: client.registry }
    }),
  ]
}

/**
 * OpenTelemetry's semantic conventions for RPC, as Prometheus writes such names, and what they have no name for. All codes but
 * OK are failures; `error_type` is the code, or the full name of a declared error.
 */
function callMetrics(out: Exposition, { side, methods, registry }: Counted): void {
  for (const method of methods) {
    const of = labelsOf(method)
    const to = registry === undefined ? {} : { server_address: formatServerAddress(registry, method.service) }
    for (const { code, type, histogram, elapsedMs } of method.outcomes) {
      const status = code.toUpperCase()
      const outcome = { rpc_status_code: status, error_type: type ?? (code === 'ok' ? undefined : status) }
      out.histogram(
        `rpc_${side}_call_duration_seconds`,
        `Duration of ${side === 'server' ? 'incoming' : 'outgoing'} calls, retries included.`,
        { rpc_system_name: 'tsubo', ...of, ...outcome, ...to },
        { bounds: boundsSeconds, buckets: histogram, sum: elapsedMs / 1000 },
      )
    }
    const { bytesOut, bytesIn, retried, hedged, concurrent, maxConcurrent } = method
    const name = (what: string) => `tsubo_${side}_${what}`
    out.counter(name('sent_bytes_total'), 'Bytes of frames that went out for calls that are over.', of, bytesOut)
    out.counter(name('received_bytes_total'), 'Bytes of frames that came in for calls that are over.', of, bytesIn)
    if (side === 'client') {
      out.counter(name('retries_total'), 'Attempts after one that failed.', of, retried)
      out.counter(name('hedges_total'), 'Attempts beside another one that was under way.', of, hedged)
    }
    // What is under way isn't told apart by peer.
    if ('peer' in method) continue
    out.gauge(name('calls_active'), 'Calls under way.', of, concurrent)
    out.gauge(name('calls_active_max'), 'The most calls that were under way at once.', of, maxConcurrent)
  }
}

/** The labels of one method; group and version where it has some. */
function labelsOf({ service, method, ...rest }: MethodCounts | PeerCounts): LabelValues {
  return {
    rpc_method: service.name === other ? other : `${service.name}/${method}`,
    tsubo_group: service.group,
    tsubo_version: service.version,
    network_peer_address: 'peer' in rest ? rest.peer || undefined : undefined,
  }
}

const connectionStates = ['idle', 'connecting', 'ready', 'draining', 'backoff', 'closed'] as const
const discoveryStates = ['pending', 'found', 'stale', 'failed'] as const
const breakerStates = ['closed', 'open', 'half-open'] as const
const serverStates = ['starting', 'serving', 'draining'] as const
const registrationStates = ['none', 'pending', 'live', 'failed'] as const

function clientMetrics(out: Exposition, { status }: Client): void {
  for (const { service, discovery, providers, breakers } of status) {
    const of = { tsubo_service: formatServiceKey(service) }
    for (const state of discoveryStates) {
      const help = 'What the registry says of a service: 1 for the state that it is in.'
      out.gauge('tsubo_client_discovery_state', help, { ...of, state }, Number(discovery === state))
    }
    for (const state of connectionStates) {
      const count = providers.filter(({ connection }) => connection === state).length
      out.gauge('tsubo_client_providers', 'Providers that are known, by connection.', { ...of, state }, count)
    }
    const ejected = providers.filter((each) => each.ejected).length
    out.gauge('tsubo_client_providers_ejected', 'Providers that are left out, for they fail too much.', of, ejected)
    const pending = providers.reduce((sum, each) => sum + each.pending, 0)
    out.gauge('tsubo_client_attempts_pending', 'Attempts under way.', of, pending)
    const methods = new Set(breakers.map(({ method }) => method))
    for (const method of methods) {
      for (const state of breakerStates) {
        const count = breakers.filter((each) => each.method === method && each.state === state).length
        const help = 'Circuit breakers, of the method and of single providers for it.'
        out.gauge('tsubo_client_breakers', help, { ...of, rpc_method: method, state }, count)
      }
    }
  }
}

function serverMetrics(out: Exposition, { running, application }: Server): void {
  const of = { service_name: application }
  for (const run of running) {
    out.gauge('tsubo_server_connections', 'Open connections of consumers.', of, run.connections)
    for (const state of serverStates) {
      const help = 'Where a server stands: 1 for the state that it is in.'
      out.gauge('tsubo_server_state', help, { ...of, state }, Number(run.state === state))
    }
    for (const state of registrationStates) {
      const help = 'How its services are registered: 1 for the state that it is in.'
      out.gauge('tsubo_server_registration_state', help, { ...of, state }, Number(run.registration === state))
    }
    for (const { key, online } of run.services) {
      const help = '1 for services that take traffic, 0 for those that were taken out.'
      out.gauge('tsubo_server_service_online', help, { ...of, tsubo_service: formatServiceKey(key) }, Number(online))
    }
  }
}
