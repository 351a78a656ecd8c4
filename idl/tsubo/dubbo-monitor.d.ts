// tsubo: the numbers of this file are in tsubo.lock.json (owner tsubo)
/**
 * Dubbo's own monitor service, so that Java applications with `<dubbo:monitor protocol="registry"/>` find ours.
 *
 * @package tsubo
 */
import type { int32 } from 'tsubo/types'

/**
 * What Dubbo's MonitorFilter reports to. Offered by `tsubo monitor`.
 * @java org.apache.dubbo.monitor.MonitorService
 */
export interface DubboMonitorService {
  /** Statistics of one method in the parameters of `count://host:port/service/method`. */
  collect(statistics: DubboUrl): Promise<void>

  /** Dubbo leaves open what is to be looked up; it is answered that there is nothing. */
  lookup(query: DubboUrl): Promise<DubboUrl[]>
}

/** @java org.apache.dubbo.common.URL */
export interface DubboUrl {
  protocol?: string | null
  username?: string | null
  password?: string | null
  host?: string | null
  port?: int32 | null
  path?: string | null
  /** Java sends null for what is not there: group and version. */
  parameters?: Record<string, string | null> | null
}
