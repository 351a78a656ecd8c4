import type { Figures, MetricsQuery, MonitorStatus, Series } from './api.js'

/** What the monitor says of the last minute, as far as there is one; and curves, asked for when they are looked at. */
export interface FigureSource {
  readonly status: MonitorStatus
  readonly all: Figures | undefined
  service(name: string): Figures | undefined
  application(name: string): Figures | undefined
  /** `host:port` of a provider. */
  instance(address: string): Figures | undefined
  /** What one application calls of another. */
  edge(from: string, to: string): Figures | undefined
  /** A provider's part in a service. */
  provider(service: string, address: string): Figures | undefined
  /** What an application calls of a service. */
  consumer(service: string, application: string): Figures | undefined
  /** Rejects with a Problem while there is no monitor. */
  series(query: MetricsQuery): Promise<Series>
  /** Told after each minute and each change of the status. */
  listen(changed: () => void): () => void
  close(): Promise<void>
}
