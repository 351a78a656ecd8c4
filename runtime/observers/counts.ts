import { type Address, formatHostPort, type Peer } from '../address.js'
import type { Call, FullObserver } from '../call.js'
import { now } from '../clock.js'
import type { RpcError } from '../error.js'
import type { Method } from '../method.js'
import { type ServiceKey, serviceKey } from '../service-key.js'
import { type CallCounts, type Counted, Figures } from './figures.js'

/** Stands for the methods and peers that have no figures of their own, as OpenTelemetry has it. */
export const other = '_OTHER'
const otherService = serviceKey(other)

/** What was counted of one method, under one group and version. */
export interface MethodCounts extends CallCounts {
  readonly service: ServiceKey
  readonly method: string
  /** Calls under way now, and the most there were at once. */
  readonly concurrent: number
  readonly maxConcurrent: number
  /** The shortest call there was, and the one that ended last; 0 before the first. Milliseconds. */
  readonly minElapsedMs: number
  readonly lastElapsedMs: number
}

/** The same for one peer alone. What is under way isn't told apart by peer: `concurrent` is that of the method. */
export interface PeerCounts extends Omit<MethodCounts, 'minElapsedMs' | 'lastElapsedMs'> {
  /** On a client the provider that was tried last, as `host:port`; on a server the caller's host. '' where there was none. */
  readonly peer: string
}

export interface CountsOptions {
  /** So many methods, groups and versions counted in, have figures of their own; further ones are `_OTHER`. Default 10,000. */
  readonly maxMethods?: number
  /**
   * So many peers do. For one more, those that weren't heard of for a while become `_OTHER`; if there are none, it does.
   * Default 1000.
   */
  readonly maxPeers?: number
  /** So many pairs of method and peer do, at 0.6 KiB each; further ones are the method's `_OTHER`. Default 20,000. */
  readonly maxSeries?: number
}

/** Counts calls on one side, at the one point where all figures come from. */
export interface Counts extends FullObserver {
  /** As it is now, one entry a method. */
  readonly methods: readonly MethodCounts[]
  /** As it is now, one entry a method and peer. */
  readonly peers: readonly PeerCounts[]
  /** Attempts by `host:port` of the provider (clients only). */
  readonly attempts: ReadonlyMap<string, number>
  /** By name: `counts.of('com.miao.server.TicketService', 'book')`; with several groups or versions the first of them. */
  of(service: string, method: string): MethodCounts | undefined
  /** Begins to take what is counted from now on in portions. */
  reader(): CountsReader
}

/** Takes what was counted, portion by portion: each call is in exactly one of them, however long the pauses. */
export interface CountsReader {
  /**
   * What has been counted since it was asked last: one entry a method and peer that had calls. The maxima are those of
   * this time, too.
   */
  read(): PeerCounts[]
  /** Reads no more. */
  close(): void
}

/** Makes an observer that counts. Clients and servers have one of their own; see `Client.counts`. */
export function counts(options: CountsOptions = {}): Counts {
  return new Counter(options)
}

/** A method under one group and version. */
interface Entry {
  readonly service: ServiceKey
  readonly method: string
  /** Calls under way, and the most there were since a reader took that. */
  concurrent: number
  recentMost: number
  /** The most there ever were. */
  most: number
  /** By peer. */
  readonly series: Map<Place, Series>
  /** The one that was counted last: where there is one peer, it is always this. */
  last: Series | undefined
}

/** The figures of one method and peer. */
interface Series {
  readonly entry: Entry
  readonly place: Place
  readonly figures: Figures
  /** The longest call ever; the figures have the longest since a reader took that. */
  longestUs: number
}

/** A peer, whatever objects it comes as. */
interface Place {
  readonly name: string
  attempts: number
  /** Heard of since somebody last looked for peers to forget. */
  recent: boolean
  /** The one that was counted last: where its calls are of one method, it is always this. */
  last: Series | undefined
}

/** Where a method has its entry: methods of equal name have the same one, however often their contract was loaded. */
interface Slot {
  readonly service: ServiceKey
  readonly entry: Entry
  readonly next: Slot | undefined
}

/** No look for peers to forget more often than this: it goes through all of them. */
const forgetEveryMs = 10_000

class Counter implements Counts {
  readonly #options: Required<CountsOptions>
  /** By service key and method, as text. */
  readonly #entries = new Map<string, Entry>()
  /** By `Method.index`: no lookup by text on a call's way. */
  #slots: (Slot | undefined)[] = []
  readonly #places = new Map<string, Place>()
  /** By the objects they come as; begun anew when there were too many of them. */
  readonly #known = new Map<Address | Peer, Place>()
  readonly #nowhere: Place = { name: '', attempts: 0, recent: true, last: undefined }
  readonly #elsewhere: Place = { name: other, attempts: 0, recent: true, last: undefined }
  readonly #readers = new Set<Reader>()
  /** The one that was asked for last, which mostly is the next one, too. */
  #lastPeer: Address | Peer | undefined
  #lastPlace: Place
  #seriesCount = 0
  #forgotAt = Number.NEGATIVE_INFINITY

  constructor({ maxMethods = 10_000, maxPeers = 1000, maxSeries = 20_000 }: CountsOptions) {
    this.#options = { maxMethods, maxPeers, maxSeries }
    this.#lastPlace = this.#nowhere
  }

  get methods(): readonly MethodCounts[] {
    return [...this.#entries.values()].map(readMethod)
  }

  get peers(): readonly PeerCounts[] {
    return [...this.#entries.values()].flatMap((entry) =>
      [...entry.series.values()].map((series) => ({
        ...readSeries(series, series.figures, Math.max(entry.most, entry.recentMost)),
        maxElapsedMs: Math.max(series.longestUs, series.figures.longestUs) / 1000,
      })),
    )
  }

  get attempts(): ReadonlyMap<string, number> {
    const tried = [...this.#places.values(), this.#elsewhere].filter(({ attempts }) => attempts > 0)
    return new Map(tried.map(({ name, attempts }) => [name, attempts]))
  }

  of(service: string, method: string): MethodCounts | undefined {
    for (const entry of this.#entries.values()) {
      if (entry.service.name === service && entry.method === method) return readMethod(entry)
    }
    return undefined
  }

  reader(): CountsReader {
    const reader: Reader = new Reader(
      () => this.portion(reader),
      () => this.#readers.delete(reader),
    )
    this.portion(reader)
    this.#readers.add(reader)
    return reader
  }

  begin(call: Call): void {
    const entry = this.entry(call)
    if (++entry.concurrent > entry.recentMost) entry.recentMost = entry.concurrent
  }

  attempt(_call: Call, to: Address): void {
    this.place(to).attempts++
  }

  end(call: Call, error: RpcError | undefined): void {
    const entry = this.entry(call)
    entry.concurrent--
    const place = call.peer === undefined ? this.#nowhere : this.place(call.peer)
    // Names of errors come from outside: only those of the contract have figures of their own.
    const declared =
      error?.type !== undefined && call.method.schema.errors.includes(error.type) ? error.type : undefined
    const series = entry.last?.place === place ? entry.last : this.series(entry, place)
    series.figures.count(call, error, declared)
  }

  unserved(error: RpcError, peer: Peer): void {
    const entry = this.entryOf(otherService, other)
    this.series(entry, this.place(peer)).figures.count(unseen, error, undefined)
  }

  private entry({ method, service }: Call): Entry {
    const slot = this.#slots[method.index]
    return slot !== undefined && slot.service === service ? slot.entry : this.find(method, service)
  }

  private find(method: Method, service: ServiceKey): Entry {
    for (let slot = this.#slots[method.index]; slot; slot = slot.next) {
      if (slot.service === service) return slot.entry
    }
    const entry = this.entryOf(service, method.schema.name)
    // Contracts that are loaded again and again have new numbers each time.
    if (this.#slots.length > 4 * this.#options.maxMethods) this.#slots = []
    this.#slots[method.index] = { service, entry, next: this.#slots[method.index] }
    return entry
  }

  private entryOf(service: ServiceKey, method: string): Entry {
    const { name, group, version } = service
    const key = JSON.stringify([name, group, version, method])
    const known = this.#entries.get(key)
    if (known) return known
    if (this.#entries.size >= this.#options.maxMethods && service !== otherService)
      return this.entryOf(otherService, other)
    const entry: Entry = { service, method, concurrent: 0, recentMost: 0, most: 0, series: new Map(), last: undefined }
    this.#entries.set(key, entry)
    return entry
  }

  private series(entry: Entry, place: Place): Series {
    let series = place.last?.entry === entry ? place.last : entry.series.get(place)
    if (!series) {
      if (this.#seriesCount >= this.#options.maxSeries && place !== this.#elsewhere)
        return this.series(entry, this.#elsewhere)
      series = { entry, place, figures: new Figures(), longestUs: 0 }
      entry.series.set(place, series)
      this.#seriesCount++
    }
    entry.last = series
    place.last = series
    return series
  }

  private place(peer: Address | Peer): Place {
    if (peer !== this.#lastPeer) {
      this.#lastPlace = this.#known.get(peer) ?? this.newPlace(peer)
      this.#lastPeer = peer
    }
    this.#lastPlace.recent = true
    return this.#lastPlace
  }

  private newPlace(peer: Address | Peer): Place {
    // A caller has a new port for each of its connections.
    const name = 'secure' in peer ? peer.host || peer.protocol : formatHostPort(peer.host, peer.port)
    let place = this.#places.get(name)
    if (!place) {
      if (this.#places.size >= this.#options.maxPeers) this.forgetPlaces()
      if (this.#places.size >= this.#options.maxPeers) place = this.#elsewhere
      else {
        place = { name, attempts: 0, recent: true, last: undefined }
        this.#places.set(name, place)
      }
    }
    if (this.#known.size >= 4 * this.#options.maxPeers) this.#known.clear()
    this.#known.set(peer, place)
    return place
  }

  /** What peers had that weren't heard of since the last time becomes that of `_OTHER`: sums stay what they are. */
  private forgetPlaces(): void {
    const at = now()
    if (at - this.#forgotAt < forgetEveryMs) return
    this.#forgotAt = at
    const gone = [...this.#places.values()].filter(({ recent }) => !recent)
    for (const entry of this.#entries.values()) for (const place of gone) this.merge(entry, place)
    for (const place of gone) {
      this.#elsewhere.attempts += place.attempts
      this.#places.delete(place.name)
    }
    for (const place of this.#places.values()) place.recent = false
    this.#known.clear()
    this.#lastPeer = undefined
  }

  private merge(entry: Entry, gone: Place): void {
    const from = entry.series.get(gone)
    if (!from) return
    const into = this.series(entry, this.#elsewhere)
    into.figures.add(from.figures)
    into.longestUs = Math.max(into.longestUs, from.longestUs)
    for (const reader of this.#readers) reader.merge(from, into)
    entry.series.delete(gone)
    this.#seriesCount--
  }

  /** What one reader hasn't had yet. Maxima are taken from the figures, and kept for the others. */
  private portion(reader: Reader): PeerCounts[] {
    const portion: PeerCounts[] = []
    for (const entry of this.#entries.values()) {
      for (const each of this.#readers) each.noteMost(entry, entry.recentMost)
      entry.most = Math.max(entry.most, entry.recentMost)
      entry.recentMost = entry.concurrent
      const most = Math.max(reader.takeMost(entry), entry.concurrent)
      for (const series of entry.series.values()) {
        const { longestUs } = series.figures
        for (const each of this.#readers) each.noteLongest(series, longestUs)
        series.longestUs = Math.max(series.longestUs, longestUs)
        series.figures.longestUs = 0
        const figures = reader.take(series)
        if (figures.calls > 0) portion.push(readSeries(series, figures, most))
      }
    }
    return portion
  }
}

/** A request that no call was made of. */
const unseen: Counted = { startedAt: 1, answeredAt: 1, bytesOut: 0, bytesIn: 0, attempts: 0, hedges: 0 }

/** What a reader has had, and the maxima that it hasn't: as many figures as are counted. */
class Reader implements CountsReader {
  readonly read: () => PeerCounts[]
  readonly close: () => void
  readonly #had = new Map<Series, Figures>()
  readonly #most = new Map<Entry, number>()

  constructor(read: () => PeerCounts[], close: () => void) {
    this.read = read
    this.close = close
  }

  noteMost(entry: Entry, most: number): void {
    if (most > (this.#most.get(entry) ?? 0)) this.#most.set(entry, most)
  }

  takeMost(entry: Entry): number {
    const most = this.#most.get(entry) ?? 0
    this.#most.delete(entry)
    return most
  }

  /** The maximum beside what it has had is that of the time since. */
  noteLongest(series: Series, longestUs: number): void {
    const had = this.#had.get(series)
    if (had) had.longestUs = Math.max(had.longestUs, longestUs)
    else if (longestUs > 0) {
      const none = new Figures()
      none.longestUs = longestUs
      this.#had.set(series, none)
    }
  }

  take(series: Series): Figures {
    const had = this.#had.get(series)
    const since = series.figures.since(had)
    since.longestUs = had?.longestUs ?? 0
    if (since.calls > 0) {
      const has = series.figures.since(undefined)
      has.longestUs = 0
      this.#had.set(series, has)
    }
    return since
  }

  /** A series became part of another one. */
  merge(from: Series, into: Series): void {
    const had = this.#had.get(from)
    if (!had) return
    this.#had.delete(from)
    const both = this.#had.get(into) ?? new Figures()
    both.add(had)
    this.#had.set(into, both)
  }
}

function readMethod(entry: Entry): MethodCounts {
  const all = new Figures()
  for (const { figures, longestUs } of entry.series.values()) {
    all.add(figures)
    all.longestUs = Math.max(all.longestUs, longestUs)
  }
  const { service, method, concurrent, most, recentMost, last } = entry
  return {
    service,
    method,
    concurrent,
    maxConcurrent: Math.max(most, recentMost),
    minElapsedMs: Math.max(0, all.shortestUs) / 1000,
    lastElapsedMs: (last?.figures.lastUs ?? 0) / 1000,
    ...all.read(),
  }
}

function readSeries({ entry, place }: Series, figures: Figures, maxConcurrent: number): PeerCounts {
  const { service, method, concurrent } = entry
  return { service, method, peer: place.name, concurrent, maxConcurrent, ...figures.read() }
}
