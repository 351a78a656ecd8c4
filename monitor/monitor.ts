import { createServer, type Registry, RpcError, type RunningServer, type ServeOptions, type ServerOptions } from 'tsubo'
import {
  type CountAnswer,
  type CountQuery,
  type CountReport,
  MonitorServiceSkeleton,
} from '../generated/tsubo/monitor.js'
import { CountStore } from './count-store.js'
import { DubboMonitor, type DubboStatistics } from './dubbo-monitor.js'
import { codeOf, isCorrupt, openSqlite, setAside } from './sqlite.js'

export interface MonitorOptions {
  /** Where the database lies; made where it is missing. */
  readonly folder: string
  /** Where it is found. */
  readonly registry?: Registry | readonly Registry[]
  /** The database grows to so many bytes; what is oldest goes then. Default 2 GiB. */
  readonly maxBytes?: number
  /** What `createServer` takes: TLS, who may call. */
  readonly server?: Omit<ServerOptions, 'services' | 'application'>
  readonly listen?: Omit<ServeOptions, 'registry'>
  /** Hears of what an operator should know. Default: standard error. */
  readonly tell?: (line: string) => void
  /** Milliseconds since 1970; for tests. */
  readonly clock?: () => number
}

/** A monitor that takes reports. */
export interface Monitor {
  readonly running: RunningServer
  /** The database. */
  readonly file: string
  close(): Promise<void>
}

const purgeMs = 60_000
/** So often Dubbo reports. */
const dubboIntervalMs = 60_000
/** The least that is told of a trouble that lasts. */
const tellAgainMs = 10 * 60_000

/** Opens the database, offers `tsubo.MonitorService` and Dubbo's, and publishes them. Rejects, in words for people, where that can't be. */
export async function createMonitor(options: MonitorOptions): Promise<Monitor> {
  const service = new MonitorService(await openStore(options), options)
  try {
    const running = await createServer({
      ...options.server,
      application: 'monitor',
      services: [service, service.dubbo],
    }).listen({
      ...options.listen,
      ...(options.registry && { registry: options.registry }),
    })
    return {
      running,
      file: service.file,
      async close() {
        await running.close()
        await service.close()
      },
    }
  } catch (error) {
    await service.close()
    throw error
  }
}

async function openStore(options: MonitorOptions): Promise<{ store: CountStore; file: string }> {
  const { folder, maxBytes = 2 ** 31, tell = toStderr } = options
  const open = async () => {
    const db = await openSqlite(folder, maxBytes)
    try {
      return { store: new CountStore(db, { maxBytes }), file: db.file }
    } catch (error) {
      db.close()
      throw error
    }
  }
  try {
    return await open()
  } catch (error) {
    if (!isCorrupt(error)) throw error
    tell(
      `the database can't be read (${(error as Error).message}): it is now ${setAside(folder)}, and a new one begins`,
    )
    return open()
  }
}

/** Counts what comes, answers what is asked. */
class MonitorService extends MonitorServiceSkeleton {
  readonly #options: MonitorOptions
  readonly #now: () => number
  readonly #tell: (line: string) => void
  readonly #timer: NodeJS.Timeout
  readonly file: string
  /** The same for Java. */
  readonly dubbo = new DubboMonitor((statistics) => this.#collect(statistics))
  /** The applications of providers that have reported, by instance: Dubbo's consumers tell only where they called. */
  readonly #applications = new Map<string, string>()
  /** Undefined from when it turned out to be corrupt until there is a new one. */
  #store: CountStore | undefined
  #corrupt: Corrupt | undefined
  #replacing: Promise<CountStore> | undefined
  #toldAt = Number.NEGATIVE_INFINITY
  #closed = false

  constructor({ store, file }: { store: CountStore; file: string }, options: MonitorOptions) {
    super()
    this.#store = store
    this.file = file
    this.#options = options
    this.#now = options.clock ?? Date.now
    this.#tell = options.tell ?? toStderr
    this.#timer = setInterval(() => this.#purge(), purgeMs)
    this.#timer.unref()
    this.#purge()
  }

  async report(report: CountReport): Promise<void> {
    await this.#do((store) => store.add(report, this.#now()))
    if (report.periods[0]?.counts[0]?.side === 'provider') this.#provides(report.instance, report.application)
  }

  async #collect({ application, instance, provider, count }: DubboStatistics): Promise<void> {
    const peer = provider === undefined ? undefined : this.#applications.get(provider)
    const counts = [peer === undefined ? count : { ...count, peer }]
    const periods = [{ agoMs: dubboIntervalMs / 2, counts }]
    await this.#do((store) => store.addUnnumbered({ application, instance, periods }, this.#now()))
    if (count.side === 'provider') this.#provides(instance, application)
  }

  #provides(instance: string, application: string): void {
    if (this.#applications.size >= 10_000) this.#applications.clear()
    this.#applications.set(instance, application)
  }

  query(query: CountQuery): Promise<CountAnswer> {
    return this.#do((store) => store.query(query, this.#now()))
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#replacing?.catch(() => {})
    this.#store?.close()
  }

  /**
   * Runs it; once again, in a new database, where the old one turns out to be corrupt. What the disk or the database can't do
   * is `unavailable`: whoever reports keeps it, and comes again.
   */
  async #do<T>(work: (store: CountStore) => T, again = true): Promise<T> {
    const store = this.#store ?? (await this.#replace())
    try {
      return work(store)
    } catch (error) {
      if (codeOf(error) === undefined) throw error
      const corrupt = isCorrupt(error)
      if (corrupt) this.#giveUp(store, error as Error)
      if (corrupt && again) return this.#do(work, false)
      throw this.#refusal(`${this.file} can't be written`, error as Error, 'there is room')
    }
  }

  /** A store that turned out to be corrupt; others may have noticed it before. */
  #giveUp(store: CountStore, why: Error): void {
    if (this.#store !== store) return
    this.#store = undefined
    this.#corrupt = { why }
    // That is another trouble than what may have been told a minute ago.
    this.#toldAt = Number.NEGATIVE_INFINITY
    try {
      store.close()
    } catch {
      // It was of no use any more.
    }
  }

  /** Puts a new database in the place of a corrupt one. Where that can't be, whoever comes next tries it again. */
  #replace(): Promise<CountStore> {
    this.#replacing ??= this.#putNew(this.#corrupt as Corrupt).finally(() => {
      this.#replacing = undefined
    })
    return this.#replacing
  }

  async #putNew(corrupt: Corrupt): Promise<CountStore> {
    const what = `the database is corrupt (${corrupt.why.message})`
    try {
      // Once: the next time it may be a new one that lies there.
      corrupt.aside ??= setAside(this.#options.folder)
      const { store } = await openStore(this.#options)
      this.#store = store
    } catch (error) {
      throw this.#refusal(`${what}, and no new one can be made`, error as Error, 'it can')
    }
    this.#toldAt = Number.NEGATIVE_INFINITY
    this.#tell(`${what}: it is now ${corrupt.aside}, and a new one begins`)
    return this.#store
  }

  #refusal(what: string, cause: Error, until: string): RpcError {
    const why = `${what}: ${cause.message}`
    if (performance.now() - this.#toldAt > tellAgainMs) {
      this.#toldAt = performance.now()
      this.#tell(`${why}; reports are refused, and come again once ${until}`)
    }
    return new RpcError('unavailable', `the monitor can't take it now: ${why}`, { cause })
  }

  /** In small steps: reports that come meanwhile aren't to wait. */
  #purge(): void {
    if (this.#closed) return
    this.#do((store) => store.purge(this.#now(), performance.now())).then(
      (more) => more && setTimeout(() => this.#purge(), 20).unref(),
      (error: Error) => {
        // What the disk can't do was told.
        if (!(error instanceof RpcError)) this.#tell(`what is too old can't be deleted: ${error.message}`)
      },
    )
  }
}

/** A database that can't be used any more. */
interface Corrupt {
  readonly why: Error
  /** Where it was put. */
  aside?: string
}

function toStderr(line: string): void {
  process.stderr.write(`tsubo monitor: ${line}\n`)
}
