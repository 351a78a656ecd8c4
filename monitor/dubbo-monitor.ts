import { RpcError } from 'tsubo'
import { DubboMonitorServiceSkeleton, type DubboUrl } from '../generated/tsubo/dubbo-monitor.js'
import type { MethodCount } from '../generated/tsubo/monitor.js'

/** What one Java process says of one method. */
export interface DubboStatistics {
  readonly application: string
  readonly instance: string
  /** `host:port` of the provider that a consumer called. */
  readonly provider?: string
  readonly count: MethodCount
}

/** Takes the statistics of Dubbo 2.7's MonitorFilter (dubbo-monitor-default, DubboMonitor.send). */
export class DubboMonitor extends DubboMonitorServiceSkeleton {
  readonly #take: (statistics: DubboStatistics) => Promise<void>

  constructor(take: (statistics: DubboStatistics) => Promise<void>) {
    super()
    this.#take = take
  }

  async collect(url: DubboUrl): Promise<void> {
    const statistics = readStatistics(url)
    // Dubbo goes on reporting methods that are no longer called.
    if (statistics.count.calls > 0) await this.#take(statistics)
  }

  lookup(): DubboUrl[] {
    return []
  }
}

/**
 * Reads what Dubbo writes: sums since the last time as decimal texts, milliseconds, no histogram, no codes. Throws RpcError
 * (`invalid_argument`) for what is none.
 */
export function readStatistics({ host, port, path, parameters }: DubboUrl): DubboStatistics {
  const texts = new Map(Object.entries(parameters ?? {}))
  const text = (name: string, most = 256): string | undefined => {
    const value = texts.get(name) ?? undefined
    if (value !== undefined && value.length > most) throw wrong(`${name} is longer than ${most} characters`)
    return value || undefined
  }
  const number = (name: string): number => {
    const value = texts.get(name) ?? '0'
    if (!/^\d{1,15}$/.test(value)) throw wrong(`${name} is no number: ${JSON.stringify(value.slice(0, 40))}`)
    return Number(value)
  }
  const [named, ofPath] = (path ?? '').split('/')
  const service = text('interface', 512) ?? named
  const method = text('method') ?? ofPath
  if (!service || !method) throw wrong('they name no interface and method')
  const failed = number('failure')
  const provider = text('provider')
  const group = text('group')
  const version = text('version')
  return {
    application: text('application') ?? 'unknown',
    instance: port ? `${host ?? ''}:${port}` : (host ?? ''),
    ...(provider !== undefined && { provider }),
    count: {
      side: provider === undefined ? 'provider' : 'consumer',
      service,
      method,
      ...(group !== undefined && { group }),
      ...(version !== undefined && { version }),
      calls: number('success') + failed,
      failed: failed > 0 ? { unknown: failed } : {},
      elapsedUs: number('elapsed') * 1000,
      maxElapsedUs: number('max.elapsed') * 1000,
      histogram: [],
      maxConcurrent: number('max.concurrent'),
      retried: 0,
      hedged: 0,
      bytesOut: number('output'),
      bytesIn: number('input'),
    },
  }
}

function wrong(what: string): RpcError {
  return new RpcError('invalid_argument', `the statistics can't be read: ${what}`)
}
