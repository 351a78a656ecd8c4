import { ProtobufReader, ProtobufWriter } from 'tsubo/codegen'
import type { CodecResult } from './codec-result.js'
import { benchServiceCodecs } from './generated/bench.codec.js'
import { type Item, isPage, isSame, items, type Page, page } from './messages.js'
import { calmerHalf, paceUs } from './pace.js'
import { medianOf } from './row.js'
import { type StaticCodec, staticCodecs } from './static-codecs.js'

/*
 * The bench `codec`, in a process of its own: encoding and decoding without any socket, 64 messages in turn. The ways
 * are interleaved, and the median of nine rounds counts.
 */

export interface Way<Encoded> {
  readonly way: string
  readonly message: 'small' | 'medium'
  readonly fresh: boolean
  encode(i: number): number
  encoded(i: number): Encoded
  decode(from: Encoded): unknown
}

const [smallCodec, mediumCodec] = benchServiceCodecs()
const messages = { small: items, medium: items.map(page) }
const shapes = { small: smallCodec!.result, medium: mediumCodec!.result }
const statics = { small: staticCodecs.Item, medium: staticCodecs.Page }
const slab = Buffer.allocUnsafeSlow(64 * 1024)
const poolBytes = 64 * 1024
const writer = new ProtobufWriter()
const reader = new ProtobufReader()

const ways = (['small', 'medium'] as const).flatMap((message): Way<never>[] => [
  tsuboWay(message, false),
  tsuboWay(message, true),
  protobufjsWay(message),
  jsonWay(message),
])

function tsuboWay(message: 'small' | 'medium', fresh: boolean): Way<never> {
  const shape = shapes[message]
  const values = messages[message]
  // A buffer for each message that stays as it is, cut from a larger one as Node's `allocUnsafe` does for protobufjs.
  let pool = Buffer.allocUnsafeSlow(poolBytes)
  let from = 0
  const own = (i: number): Buffer => {
    if (from > poolBytes - 4096) {
      pool = Buffer.allocUnsafeSlow(poolBytes)
      from = 0
    }
    writer.aim(pool, from)
    shape.write(writer, values[i])
    const bytes = (writer.buf as Buffer).subarray(from, writer.pos)
    from = writer.pos
    return bytes
  }
  const intoSlab = (i: number): number => {
    writer.aim(slab, 0)
    shape.write(writer, values[i])
    return writer.pos
  }
  const way: Way<Buffer> = {
    way: 'tsubo',
    message,
    fresh,
    encode: fresh ? (i) => own(i).length : intoSlab,
    encoded: own,
    decode: (bytes) => shape.read(reader.aim(bytes, 0, bytes.length)),
  }
  return way as Way<never>
}

function protobufjsWay(message: 'small' | 'medium'): Way<never> {
  const values = messages[message]
  const codec = statics[message] as StaticCodec<unknown>
  const way: Way<Uint8Array> = {
    way: 'protobufjs',
    message,
    fresh: true,
    encode: (i) => codec.encode(values[i]).finish().length,
    encoded: (i) => codec.encode(values[i]).finish(),
    decode: (bytes) => codec.decode(bytes),
  }
  return way as Way<never>
}

function jsonWay(message: 'small' | 'medium'): Way<never> {
  const values = messages[message]
  const way: Way<Buffer> = {
    way: 'JSON',
    message,
    fresh: true,
    encode: (i) => Buffer.from(JSON.stringify(values[i])).length,
    encoded: (i) => Buffer.from(JSON.stringify(values[i])),
    decode: (bytes) => JSON.parse(bytes.toString()),
  }
  return way as Way<never>
}

function measure<E>({ way, message, fresh, encode, encoded, decode }: Way<E>, roundMs: number) {
  const ready = items.map((_, i) => encoded(i))
  if (!isRight(message, decode(ready[5]!))) throw new Error(`${way}, ${message}: decodes to something else`)
  let sink = 0
  const encodeNs: number[] = []
  const decodeNs: number[] = []
  return {
    round() {
      encodeNs.push(
        nsPerTurn(roundMs, (i) => {
          sink += encode(i)
        }),
      )
      decodeNs.push(
        nsPerTurn(roundMs, (i) => {
          if (decode(ready[i]!)) sink++
        }),
      )
    },
    result(rounds: readonly number[]): CodecResult {
      if (sink === 0) throw new Error('nothing was encoded')
      const bytes = (ready[5] as unknown as Uint8Array).length
      const median = (ns: readonly number[]) => medianOf(rounds.map((round) => ns[round] as number))
      return { way, message, fresh, bytes, encodeNs: median(encodeNs), decodeNs: median(decodeNs) }
    },
  }
}

function isRight(message: 'small' | 'medium', decoded: unknown): boolean {
  return message === 'small' ? isSame(decoded as Item, items[5]!) : isPage(decoded as Page, items[5]!)
}

function nsPerTurn(forMs: number, turn: (i: number) => void): number {
  const startedAt = performance.now()
  let turns = 0
  let now = startedAt
  while (now - startedAt < forMs) {
    for (let i = 0; i < 64; i++) turn(i)
    turns += 64
    now = performance.now()
  }
  return ((now - startedAt) * 1e6) / turns
}

/** Runs them all: `warmUps` rounds that don't count, then `rounds`, of which the calmer half counts (`pace.ts`). */
export function measureCodecs(warmUps: number, rounds: number, roundMs: number): CodecResult[] {
  return measureWays(ways, warmUps, rounds, roundMs)
}

/** The same for these. */
export function measureWays(
  ways: readonly Way<never>[],
  warmUps: number,
  rounds: number,
  roundMs: number,
): CodecResult[] {
  const measures = ways.map((way) => measure(way, roundMs))
  const paces: number[] = []
  for (let i = 0; i < warmUps + rounds; i++) {
    const before = paceUs()
    for (const { round } of measures) round()
    paces.push(before + paceUs())
  }
  const counted = calmerHalf([...paces.keys()].slice(warmUps), (round) => paces[round] as number)
  return measures.map(({ result }) => result(counted))
}
