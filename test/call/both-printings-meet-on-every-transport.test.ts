import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { onProtobufjs } from '../codegen/printings.js'
import * as slab from '../golden/methods/expected/methods.js'
import { closeAll, failure } from '../support/network.js'
import { transports } from '../support/transports.js'

/** A client of either printing calls a server of either: arguments, results, errors and items, in both directions. */
type Printing = typeof slab

const printings: Record<string, Printing> = { slab }
beforeAll(async () => {
  printings.protobufjs = (await onProtobufjs('test/golden/methods/idl')('methods')) as Printing
})
afterEach(closeAll)

const pairs = [
  ['slab', 'slab'],
  ['slab', 'protobufjs'],
  ['protobufjs', 'slab'],
  ['protobufjs', 'protobufjs'],
] as const

describe.each(Object.entries(transports))('%s', (_name, open) => {
  test.each(pairs)('a client of %s, a server of %s', async (client, server) => {
    const from = printings[client] as Printing
    const calls = new from.MethodsClient(await open([implementation(printings[server] as Printing)], {}))
    const item = { name: '在注册中心拿 🎫' }

    expect(await calls.bare(item)).toEqual(item)
    expect(await calls.bareOptional()).toBe(undefined)
    expect(await calls.several('x'.repeat(300), -7, new Date(-1), [item, { name: '' }])).toEqual([300, -7, -1, 2])
    expect(await calls.between(undefined, 2 ** 31 - 1)).toBe('red')
    expect(await calls.table()).toEqual([[], ['a', 'b'.repeat(25)]])
    expect(await calls.tagged()).toBe(-(2n ** 63n))
    expect(await calls.prose()).toBe(true)

    const failed = await failure(calls.risky())
    expect(failed).toBeInstanceOf(from.Failed)
    expect(failed).toMatchObject({ message: 'now and then', attempts: 3, at: item })

    const down: string[] = []
    for await (const { name } of calls.down({ name: '5' })) down.push(name)
    expect(down).toEqual(['1', '2', '3', '4', '5'])
    expect(await calls.up(calls.down({ name: '200' }))).toBe(200)
  })
})

function implementation({ MethodsSkeleton, Failed }: Printing): slab.MethodsSkeleton {
  class Methods extends MethodsSkeleton {
    nothing() {}
    later() {}
    plain = () => 'plain'
    bare = (value: slab.Item) => value
    bareOptional = (value: slab.Item | undefined) => value
    several = (a: string, b: number, c?: Date, d?: readonly slab.Item[]) => [
      a.length,
      b,
      c?.getTime() ?? 0,
      d?.length ?? 0,
    ]
    between = () => 'red' as const
    table = () => [[], ['a', 'b'.repeat(25)]]
    maybeList = () => undefined
    prose = () => true
    tagged = () => -(2n ** 63n)
    patient = (value: slab.Item) => value
    hasty() {}
    fire() {}
    risky(): never {
      throw new Failed({ attempts: 3, at: { name: '在注册中心拿 🎫' }, message: 'now and then' })
    }
    async *down({ name }: slab.Item) {
      for (let i = 1; i <= Number(name); i++) yield { name: String(i) }
    }
    async *downScalar() {}
    async up(items: AsyncIterable<slab.Item>) {
      let count = 0
      for await (const _ of items) count++
      return count
    }
    async upAndMore() {}
    async *both() {}
  }
  return new Methods()
}
