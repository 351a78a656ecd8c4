import { formatHostPort, type Peer } from '../address.js'
import type { Call, Observer } from '../call.js'
import { now } from '../clock.js'
import type { RpcError } from '../error.js'
import { traceIdOf } from '../travelling.js'
import { other } from './counts.js'

/** Where lines of a log go: what pino has, and most others. `fields` come first, a text behind them. */
export interface Logger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}

export interface AccessLogOptions {
  /** Default: `jsonLogger()`. */
  readonly logger?: Logger
  /**
   * What else a line is to say of a call. Arguments and results are never in one unless this puts them there: they belong to
   * whoever called. Default: nothing.
   */
  readonly fields?: (call: Call, error: RpcError | undefined) => Readonly<Record<string, unknown>>
}

/**
 * Logs each call once it is over, with `side`, `rpc.method`, `peer`, `code` (`ok`, or why it failed), `elapsed_ms`, `trace_id`
 * where it is part of a trace, and on clients `attempts`. Calls of tsubo's own services (health, metadata) are left out.
 * Successes and declared errors are `info`, bugs (`internal`, `unknown`, `data_loss`) `error`, other failures `warn`.
 */
export function accessLog(side: 'client' | 'server', options: AccessLogOptions = {}): Observer {
  const { logger = jsonLogger(), fields } = options
  return {
    end(call, error) {
      const { path, service } = call.method
      if (service.name.startsWith('tsubo.')) return
      const traceId = call.trace?.traceId ?? traceIdOf(call.metadata)
      const line = {
        side,
        'rpc.method': path,
        ...(call.peer && { peer: formatHostPort(call.peer.host, call.peer.port) }),
        code: error?.code ?? 'ok',
        ...(error?.type !== undefined && { 'error.type': error.type.slice(0, 256) }),
        elapsed_ms: Math.round(((call.answeredAt || now()) - call.startedAt) * 1000) / 1000,
        ...(side === 'client' && { attempts: call.attempts }),
        ...(traceId !== undefined && { trace_id: traceId }),
        ...fields?.(call, error),
      }
      logger[levelOf(error)](line, error ? `${path} failed` : path)
    },
    unserved({ code }, peer: Peer) {
      const line = { side, 'rpc.method': other, peer: formatHostPort(peer.host, peer.port), code }
      logger.warn(line, 'a request was refused')
    },
  }
}

function levelOf(error: RpcError | undefined): 'info' | 'warn' | 'error' {
  if (!error || error.type !== undefined) return 'info'
  return error.code === 'internal' || error.code === 'unknown' || error.code === 'data_loss' ? 'error' : 'warn'
}

/** A line of JSON for each entry, on standard error: `{"level":"info","time":"...","msg":"...", ...}`. */
export function jsonLogger(write: (line: string) => void = (line) => process.stderr.write(line)): Logger {
  const at = (level: string) => (fields: Readonly<Record<string, unknown>>, msg: string) => {
    write(`${JSON.stringify({ level, time: new Date().toISOString(), msg, ...fields })}\n`)
  }
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

/** The option of clients and servers: `true`, or how. */
export function accessLogOf(side: 'client' | 'server', option: boolean | AccessLogOptions | undefined): Observer[] {
  return option ? [accessLog(side, option === true ? {} : option)] : []
}
