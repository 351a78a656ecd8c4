import { describe, expect, it } from 'vitest'
import type { MethodCodec, Shape } from '../../runtime/method.js'
import { echoCodecs } from '../golden/every-type/expected/all.codec.js'
import { mapsCodecs } from '../golden/maps-and-sets/expected/m.codec.js'
import { tuplesCodecs } from '../golden/tuples/expected/t.codec.js'
import { bytesOf, readBack } from './bytes.js'
import { codecsOnProtobufjs } from './printings.js'

const pollution: Readonly<Record<string, unknown>> = {
  string: 'polluted',
  int32: 7,
  int64: 7n,
  bytes: new Uint8Array(3),
  date: new Date(7),
  level: 1,
  message: {},
  strings: ['polluted'],
  both: 'polluted',
  maybe: ['polluted', 7],
  0: 'polluted',
  1: 7,
  2: new Date(7),
}

/** What comes of `run` while every object seems to have these properties. */
function polluted<T>(run: () => T): T {
  const names = Object.keys(pollution)
  for (const name of names) {
    Object.defineProperty(Object.prototype, name, { value: pollution[name], configurable: true, writable: true })
  }
  try {
    return run()
  } finally {
    for (const name of names) Reflect.deleteProperty(Object.prototype, name)
  }
}

const others = {
  echo: await codecsOnProtobufjs<MethodCodec[]>('test/golden/every-type/idl', 'all', 'echoCodecs'),
  maps: await codecsOnProtobufjs<MethodCodec[]>('test/golden/maps-and-sets/idl', 'm', 'mapsCodecs'),
  tuples: await codecsOnProtobufjs<MethodCodec[]>('test/golden/tuples/idl', 't', 'tuplesCodecs'),
}

describe.each([
  ['straight-line code', echoCodecs(), mapsCodecs(), tuplesCodecs()],
  ['code for protobufjs', others.echo(), others.maps(), others.tuples()],
])('%s', (_printing, echo, maps, tuples) => {
  const optionals = echo[1]?.result as Shape<unknown>
  const count = maps[4]?.result as Shape<unknown>
  const all = tuples[0]?.result as Shape<unknown>

  const tuple = {
    ...{ empty: [], one: ['a'], pair: ['a', 1n], labelled: [1, 2], optional: ['a'], rest: ['a'], everything: ['a'] },
    ...{ containers: [[], new Set(), new Map(), {}, { a: 1 }], optionalContainers: [], literal: ['fixed', 1] },
    ...{
      undefinable: [null],
      nested: [[1, 2], { id: 1 }],
      frozen: ['a', []],
      list: [],
      ...{ matrix: [], cube: [], objects: [], inline: [{ a: '' }, { b: '' }] },
    },
  }

  it.each([
    ['what is left out stays out', { present: undefined }],
    ['what is there is written', { present: 'x', string: 'own', int32: 7, both: undefined, strings: [] }],
  ])('%s', (_, value) => {
    const bytes = bytesOf(optionals, value)
    expect(polluted(() => bytesOf(optionals, value))).toEqual(bytes)
    const back = polluted(() => readBack(optionals, bytes)) as object
    expect(back).toStrictEqual(readBack(optionals, bytes))
  })

  it('the end of a tuple stays left out', () => {
    const bytes = bytesOf(all, tuple)
    expect(polluted(() => bytesOf(all, tuple))).toEqual(bytes)
    expect(polluted(() => readBack(all, bytes))).toStrictEqual(readBack(all, bytes))
  })

  it('keys of records are their own, whatever they are called', () => {
    const hostile = JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3, "string": 4, "a": 5}') as object
    const bytes = bytesOf(count, hostile)
    const before = Reflect.ownKeys(Object.prototype)
    const back = polluted(() => readBack(count, bytes)) as object
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
    expect(Object.entries(back)).toEqual(Object.entries(hostile))
    expect(Reflect.ownKeys(Object.prototype)).toEqual(before)
    expect(({} as Record<string, unknown>).a).toBe(undefined)
  })

  it('a property of a class may be an accessor', () => {
    class Filter {
      readonly present = undefined
      get string() {
        return 'computed'
      }
    }
    expect(readBack(optionals, bytesOf(optionals, new Filter()))).toEqual({ present: undefined, string: 'computed' })
  })
})
