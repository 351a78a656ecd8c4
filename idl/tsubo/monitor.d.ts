// tsubo: the numbers of this file are in tsubo.lock.json (owner tsubo)
/**
 * What processes tell a monitor about their calls, and what it answers about them.
 *
 * @package tsubo
 */
import type { int32, int53 } from 'tsubo/types'

/** Offered by `tsubo monitor`, and published in the registry: clients and servers with `monitor` find it there. */
export interface MonitorService {
  /**
   * Adds what a process has counted. One that comes again, by the same sender under the same sequence, is not counted again.
   * @idempotent
   * @timeout 10s
   */
  report(report: CountReport): Promise<void>

  /**
   * What was counted in a time, as series over it.
   * @idempotent
   * @timeout 10s
   */
  query(query: CountQuery): Promise<CountAnswer>
}

/** What one side of a process has counted since its last report. */
export interface CountReport {
  /**
   * Who counted: a name drawn at random whenever a client or server begins to.
   * @minLength 1
   * @maxLength 64
   */
  sender: string
  /**
   * 1 for a sender's first report, and one more for every further one. It sends them one after the other.
   * @minimum 1
   */
  sequence: int53
  /** @maxLength 256 */
  application: string
  /**
   * The process as people know it: `host:port` of a provider, else its host and process id.
   * @maxLength 256
   */
  instance: string
  /** @maxItems 120 */
  periods: CountPeriod[]
}

/** What was counted in a minute, or in several that were added up while the monitor was away. */
export interface CountPeriod {
  /**
   * How long ago the middle of it was when the report was sent, in milliseconds: so only the monitor's clock matters.
   * @minimum 0
   */
  agoMs: int53
  /** @maxItems 20000 */
  counts: MethodCount[]
}

/** The calls of one method, on one side, with one peer. */
export interface MethodCount extends CallSums {
  side: Side
  /**
   * Full name.
   * @maxLength 512
   */
  service: string
  /** @maxLength 256 */
  group?: string
  /** @maxLength 256 */
  version?: string
  /** @maxLength 256 */
  method: string
  /**
   * The application at the other end, where it is known.
   * @maxLength 256
   */
  peer?: string
}

/** Who counted: the caller, or who was called. */
export type Side = 'consumer' | 'provider'

/** All of it are sums over calls that ended, the two maxima left out. */
export interface CallSums {
  calls: int53
  /** How many of them failed, by code; declared errors by their full name. */
  failed: Record<string, int53>
  /** In microseconds. */
  elapsedUs: int53
  maxElapsedUs: int53
  /**
   * By elapsed time: up to 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500 and 10,000 ms, and beyond.
   * @maxItems 15
   */
  histogram: int53[]
  /** The most there were under way at once, in one process. */
  maxConcurrent: int53
  /** Attempts beyond the first one of each call: those after a failure, and those beside one that was under way. */
  retried: int53
  hedged: int53
  /** Bytes of frames that went out and came in, as whoever counted saw it. */
  bytesOut: int53
  bytesIn: int53
}

export interface CountQuery {
  /** Default: an hour before `until`. */
  since?: Date
  /** Default: now. */
  until?: Date
  /**
   * Seconds between points: whole minutes. 0: one point for all of the time. Default: what makes at most 300 points. Minutes are
   * kept for a day and hours for a month, so it may be more than was asked for: the answer says.
   * @minimum 0
   */
  stepSeconds?: int32
  /** Only what has all of these. An empty text: only what has none. */
  where?: Labels
  /** A series for each of their values; none: one for all. */
  by?: Label[]
  /**
   * Those with the most calls. Default 20, at most 1000.
   * @minimum 1
   * @maximum 1000
   */
  limit?: int32
}

/** What calls are told apart by. */
export type Label = 'side' | 'application' | 'instance' | 'service' | 'group' | 'version' | 'method' | 'peer'

export interface Labels {
  side?: Side
  application?: string
  instance?: string
  service?: string
  group?: string
  version?: string
  method?: string
  peer?: string
}

export interface CountAnswer {
  /** What the answer goes by: whole steps around what was asked for. */
  since: Date
  until: Date
  stepSeconds: int32
  /** The most calls first. */
  series: CountSeries[]
  /** How many series there are beyond the limit. */
  more: int32
}

export interface CountSeries {
  labels: Labels
  /** In the order of time. Where nothing was counted there is no point. */
  points: CountPoint[]
}

/** What was counted from `time` on, for a step. */
export interface CountPoint extends CallSums {
  time: Date
  /** So long half of the calls took at most, and 99 of 100, in microseconds: estimated from the histogram. Absent without calls. */
  p50Us?: int53
  p99Us?: int53
}
