import type { FigureSource } from './figures.js'
import { Problem } from './problem.js'

/** What is known without a monitor: nothing. */
export function noFigures(): FigureSource {
  return {
    status: { state: 'none', reason: 'no monitor is registered; tsubo monitor runs one' },
    all: undefined,
    service: () => undefined,
    application: () => undefined,
    instance: () => undefined,
    edge: () => undefined,
    provider: () => undefined,
    consumer: () => undefined,
    series: () => Promise.reject(new Problem('unavailable', 'no monitor is registered; tsubo monitor runs one')),
    listen: () => () => {},
    close: async () => {},
  }
}
