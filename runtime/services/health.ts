import {
  type HealthCheckRequest,
  type HealthCheckResponse,
  HealthServiceSkeleton,
  ServingStatus,
} from '../../generated/tsubo/health.js'
import { HealthServiceSchema } from '../../generated/tsubo/health.schema.js'

export { ServingStatus }

/** Its full name: `tsubo.HealthService`. */
export const healthServiceName = HealthServiceSchema.name

/** Where the health service learns how things are. */
export interface HealthSource {
  /** Of one service by its name, or of the whole provider for the empty name. */
  status(service: string): ServingStatus
  /** Calls `changed` after every change. Returns the end of it. */
  listen(changed: () => void): () => void
  /** Nothing will change any more: watches end, so that they don't hold up a provider that wants to close. */
  readonly ended: boolean
}

/** Tells how a provider's services are: gRPC's health checking protocol. Every server offers it. */
export class HealthService extends HealthServiceSkeleton {
  readonly #source: HealthSource

  constructor(source: HealthSource) {
    super()
    this.#source = source
  }

  check({ service = '' }: HealthCheckRequest): HealthCheckResponse {
    return { status: this.#source.status(service) }
  }

  watch({ service = '' }: HealthCheckRequest): AsyncIterable<HealthCheckResponse> {
    return { [Symbol.asyncIterator]: () => new Changes(this.#source, service) }
  }
}

/** The status of one service and its changes. No generator: one that waits can't be ended by whoever reads it. */
class Changes implements AsyncIterator<HealthCheckResponse> {
  readonly #source: HealthSource
  readonly #service: string
  readonly #stop: () => void
  #told: ServingStatus | undefined
  #wake = () => {}
  #over = false

  constructor(source: HealthSource, service: string) {
    this.#source = source
    this.#service = service
    this.#stop = source.listen(() => this.#wake())
  }

  async next(): Promise<IteratorResult<HealthCheckResponse>> {
    while (!this.#over) {
      const status = this.#source.status(this.#service)
      if (status !== this.#told) {
        this.#told = status
        return { done: false, value: { status } }
      }
      if (this.#source.ended) break
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.return()
  }

  async return(): Promise<IteratorResult<HealthCheckResponse>> {
    if (!this.#over) {
      this.#over = true
      this.#stop()
      this.#wake()
    }
    return { done: true, value: undefined }
  }
}
