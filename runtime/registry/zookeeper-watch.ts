import type { ServiceKey } from '../service-key.js'
import { Doubt, type Judgement } from './doubt.js'
import type { Discovery } from './registry.js'
import type { DirectoryView } from './zookeeper-directories.js'
import type { ProviderReader, ReadList } from './zookeeper-providers.js'

/** One watch of a service: turns what its directory holds into what there is to be found, and tells each state once. */
export class ProviderWatch {
  readonly #reader: ProviderReader
  readonly #service: ServiceKey
  readonly #holdMs: () => number
  readonly #found: (discovery: Discovery) => void
  readonly #doubt = new Doubt()
  #judgement: Judgement = { unconfirmed: [] }
  #told: Discovery | undefined
  #timer: NodeJS.Timeout | undefined

  /** `holdMs`: for how long providers that are missing without an explanation stay; 0: not at all. */
  constructor(
    reader: ProviderReader,
    service: ServiceKey,
    holdMs: () => number,
    found: (discovery: Discovery) => void,
  ) {
    this.#reader = reader
    this.#service = service
    this.#holdMs = holdMs
    this.#found = found
  }

  /** Takes the directory's latest state. */
  see(view: DirectoryView): void {
    clearTimeout(this.#timer)
    const discovery = this.#reader.discover(view, this.#service, (read) => this.#judge(read))
    const { until } = this.#judgement
    if (view.state === 'found' && !view.stale && until !== undefined) {
      // Node's timers may be up to 1 ms early.
      this.#timer = setTimeout(() => this.see(view), until - performance.now() + 1)
      this.#timer.unref()
    }
    if (this.#told && same(this.#told, discovery)) return
    this.#told = discovery
    this.#found(discovery)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** While the registry is away nothing is missing that was not before. */
  #judge({ stale, ...read }: ReadList): Judgement {
    if (!stale) this.#judgement = this.#doubt.judge({ ...read, holdMs: this.#holdMs(), now: performance.now() })
    return this.#judgement
  }
}

/** True where telling it again would tell nothing. */
function same(a: Discovery, b: Discovery): boolean {
  if (a.state === 'found' && b.state === 'found') {
    return (
      a.stale === b.stale &&
      a.reason === b.reason &&
      equal(a.providers, b.providers) &&
      equal(a.unconfirmed ?? [], b.unconfirmed ?? [])
    )
  }
  return a.state === b.state && (a.state !== 'failed' || (b.state === 'failed' && a.cause === b.cause))
}

function equal<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index])
}
