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
        service.close()
      },
    }
  } catch (error) {
    service.close()
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
  #store: CountStore
  /** The database is being replaced. */
  #replacing: Promise<void> | undefined
  #toldAt = Number.NEGATIVE_INFINITY

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
    await this.#do(() => this.#store.add(report, this.#now()))
    if (report.periods[0]?.counts[0]?.side === 'provider') this.#provides(report.instance, report.application)
  }

  async #collect({ application, instance, provider, count }: DubboStatistics): Promise<void> {
    const peer = provider === undefined ? undefined : this.#applications.get(provider)
    const counts = [peer === undefined ? count : { ...count, peer }]
    const periods = [{ agoMs: dubboIntervalMs / 2, counts }]
    await this.#do(() => this.#store.addUnnumbered({ application, instance, periods }, this.#now()))
    if (count.side === 'provider') this.#provides(instance, application)
  }

  #provides(instance: string, application: string): void {
    if (this.#applications.size >= 10_000) this.#applications.clear()
    this.#applications.set(instance, application)
  }

  query(query: CountQuery): Promise<CountAnswer> {
    return this.#do(() => this.#store.query(query, this.#now()))
  }

  close(): void {
    clearInterval(this.#timer)
    this.#store.close()
  }

  /** Runs it; in a new database where the old one turns out to be corrupt. */
  async #do<T>(work: () => T): Promise<T> {
    await this.#replacing
    try {
      return work()
    } catch (error) {
      if (isCorrupt(error)) {
        await this.#replace(error as Error)
        return work()
      }
      const code = codeOf(error)
      if (code === undefined) throw error
      // Whoever reports keeps it, and comes again.
      const why = `${this.file} can't be written: ${(error as Error).message}`
      if (performance.now() - this.#toldAt > tellAgainMs) {
        this.#toldAt = performance.now()
        this.#tell(`${why}; reports are refused, and come again once there is room`)
      }
      throw new RpcError('unavailable', `the monitor can't take it now: ${why}`, { cause: error })
    }
  }

  #replace(why: Error): Promise<void> {
    this.#replacing ??= (async () => {
      try {
        this.#store.close()
      } catch {
        // It was of no use any more.
      }
      const aside = setAside(this.#options.folder)
      this.#tell(`the database is corrupt (${why.message}): it is now ${aside}, and a new one begins`)
      this.#store = (await openStore(this.#options)).store
      this.#replacing = undefined
    })()
    return this.#replacing
  }

  #purge(): void {
    const step = (): void => {
      if (this.#replacing) return
      try {
        // In small steps: reports that come meanwhile aren't to wait.
        if (this.#store.purge(this.#now(), performance.now())) setTimeout(step, 20).unref()
      } catch (error) {
        if (isCorrupt(error)) void this.#replace(error as Error)
        else this.#tell(`what is too old can't be deleted: ${(error as Error).message}`)
      }
    }
    step()
  }
}

function toStderr(line: string): void {
  process.stderr.write(`tsubo monitor: ${line}\n`)
}
