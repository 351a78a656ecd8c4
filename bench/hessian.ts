import { createRequire } from 'node:module'
import { type Skeleton, serviceOf } from 'tsubo/codegen'
import { HessianReader, HessianWriter, hessian2 } from 'tsubo/dubbo'
import { measureWays, type Way } from './codec.js'
import type { CodecResult } from './codec-result.js'
import { type Item, items, type Page, page } from './messages.js'
import { BenchService } from './peers/tsubo.js'

/*
 * Hessian 2 against npm's hessian.js, the only other one, in a process of its own: the same messages as objects of a class, to the
 * same bytes, without any socket. What hessian.js wants to be told of types it is told beforehand.
 */
interface HessianJs {
  encode(value: unknown, version: '2.0'): Buffer
  decode(bytes: Buffer, version: '2.0'): unknown
}
const hessianJs = createRequire(import.meta.url)('hessian.js') as HessianJs

const { methods } = (new BenchService() as Skeleton)[serviceOf]
const slab = Buffer.allocUnsafeSlow(64 * 1024)
const writer = new HessianWriter()
const reader = new HessianReader()

function ours(message: 'small' | 'medium'): Way<never> {
  const values = message === 'small' ? items : items.map(page)
  const shape = hessian2.for(methods[message === 'small' ? 0 : 1]!).result
  const encode = (i: number): number => {
    writer.aim({ buf: slab, pos: 0 })
    shape.write(writer, values[i])
    return writer.pos
  }
  const way: Way<Buffer> = {
    way: 'tsubo',
    message,
    fresh: false,
    encode,
    encoded: (i) => Buffer.from(slab.subarray(0, encode(i))),
    decode: (bytes) => shape.read(reader.aim({ buf: bytes, pos: 0, len: bytes.length })),
  }
  return way as Way<never>
}

function theirs(message: 'small' | 'medium'): Way<never> {
  const values = message === 'small' ? items.map(typedItem) : items.map((item) => typedPage(page(item)))
  const way: Way<Buffer> = {
    way: 'hessian.js',
    message,
    fresh: true,
    encode: (i) => hessianJs.encode(values[i], '2.0').length,
    encoded: (i) => hessianJs.encode(values[i], '2.0'),
    decode: (bytes) => hessianJs.decode(bytes, '2.0'),
  }
  return way as Way<never>
}

function typedItem({ id, name, tags, price, createdAt }: Item): unknown {
  const long = { $class: 'java.lang.Long', $: createdAt }
  const double = { $class: 'java.lang.Double', $: price }
  return { $class: 'tsubo.bench.Item', $: { id, name, tags, price: double, createdAt: long } }
}

function typedPage({ item, items }: Page): unknown {
  return { $class: 'tsubo.bench.Page', $: { item: typedItem(item), items: items.map(typedItem) } }
}

const [warmUps, rounds, roundMs] = process.argv.slice(2).map(Number)
const ways = (['small', 'medium'] as const).flatMap((message) => [ours(message), theirs(message)])
const results: CodecResult[] = measureWays(ways, warmUps!, rounds!, roundMs!)
if (process.send) process.send(results)
else console.log(results)
