import { describe, expect, it } from 'vitest'
import { maxItems, ProtobufWriter } from '../../runtime/codec/protobuf.js'
import type { Shape } from '../../runtime/method.js'
import { echoCodecs } from '../golden/every-type/expected/all.codec.js'
import { EchoSchema } from '../golden/every-type/expected/all.schema.js'
import { inlineCodecs } from '../golden/inline-objects/expected/o.codec.js'
import { literalsCodecs } from '../golden/literals/expected/l.codec.js'
import { mapsCodecs } from '../golden/maps-and-sets/expected/m.codec.js'
import { nullablesCodecs } from '../golden/nullables/expected/n.codec.js'
import { recursionCodecs } from '../golden/recursion/expected/r.codec.js'
import { tuplesCodecs } from '../golden/tuples/expected/t.codec.js'
import { unionsCodecs } from '../golden/unions/expected/u.codec.js'
import { bytesOf, readBack } from './bytes.js'

const [, nullableParams] = nullablesCodecs()
const [, , records, sets, count] = mapsCodecs()
const [tuples, swap] = tuplesCodecs()
const [, pay, , , either] = unionsCodecs()
const [, , any] = inlineCodecs()

describe('null, undefined and nothing', () => {
  const shape = argsOf(nullableParams)

  it.each([
    [['a', 1, undefined]],
    [['', 0, undefined]],
    [[null, undefined, undefined]],
    [[null, null, undefined]],
    [[null, null, null]],
  ])('%j', (args) => {
    expect(readBack(shape, bytesOf(shape, args))).toStrictEqual(args)
  })

  it('a required null is refused where it is undefined', () => {
    expect(() => bytesOf(shape, [undefined, null, null])).toThrow(
      'golden.nullables.Nullables/params: a: expected a string, got undefined',
    )
  })
})

describe('keys of records', () => {
  const shape = count?.result as Shape<unknown>

  it('are own properties, whatever they are called, and touch no prototype', () => {
    const names = ['__proto__', 'constructor', 'prototype', 'toString', '', 'hasOwnProperty']
    const record = Object.fromEntries(names.map((name, i) => [name, i]))
    const back = readBack(shape, bytesOf(shape, record)) as Record<string, number>
    expect(Object.getOwnPropertyNames(back).sort()).toEqual([...names].sort())
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
    expect(back).toStrictEqual(record)
    expect(({} as Record<string, unknown>)['0']).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it('the last of two equal keys counts, and a left-out key or value is a zero, as protobuf has it', () => {
    const entry = (...bytes: number[]) => [10, bytes.length, ...bytes]
    const two = [...entry(10, 1, 97, 16, 1), ...entry(10, 1, 97, 16, 2), ...entry(16, 3), ...entry(10, 1, 98)]
    // The record is field 1 of the result.
    expect(readBack(shape, new Uint8Array(two))).toEqual({ a: 2, '': 3, b: 0 })
  })

  it('are numbers as JavaScript writes them where the contract says numbers', () => {
    const value = { ...emptyRecords(), ints: { 1: leaf(), '-5': leaf() } }
    expect(readBack(argsOf(records), bytesOf(argsOf(records), [value]))).toEqual([value])
    for (const key of ['01', '1.5', 'x', '', '4294967296']) {
      const bad = { ...emptyRecords(), ints: { [key]: leaf() } }
      expect(() => bytesOf(argsOf(records), [bad]), key).toThrow(/value\.ints: key 1: expected an integer/)
    }
  })

  it.each([[new Map()], [[]], [new Set()], [new Date()], ['text'], [null]])('an object is not %o', (value) => {
    expect(() => bytesOf(shape, value)).toThrow(/result: expected an object, got/)
  })
})

describe('sets', () => {
  const shape = argsOf(sets)

  it.each([
    ['dates', new Set([new Date(5), new Date(5)])],
    ['bytes', new Set([new Uint8Array([1]), new Uint8Array([1])])],
    ['floats', new Set([0.1, Math.fround(0.1)])],
  ])('%s that are one on the wire are refused', (name, set) => {
    expect(() => bytesOf(shape, [{ ...emptySets(), [name]: set }])).toThrow(`value.${name}: two of it are equal`)
  })

  it('equal items that come over the wire are one', () => {
    const once = bytesOf(shape, [{ ...emptySets(), dates: new Set([new Date(5)]), strings: new Set(['a']) }])
    const twice = new Uint8Array([...once, ...once])
    const [back] = readBack(shape, twice) as [{ dates: Set<Date>; strings: Set<string> }]
    expect([...back.dates]).toEqual([new Date(5)])
    expect([...back.strings]).toEqual(['a'])
  })
})

describe('tuples', () => {
  it.each([[['a']], [['a', 1, 2]], ['ab'], [{ 0: 'a', 1: 1, length: 2 }]])('%j is no [string, int32]', (pair) => {
    expect(() => bytesOf(argsOf(swap), [pair])).toThrow(/golden.tuples.Tuples\/swap: pair/)
  })

  it('a left-out item at the end is not there, and not undefined', () => {
    const value = { ...emptyTuples(), optional: ['a'], everything: ['x', true, leaf()] }
    expect(readBack(argsOf(tuples), bytesOf(argsOf(tuples), [value]))).toStrictEqual([value])
  })
})

describe('unions', () => {
  it.each([
    [{ kind: 'cheque' }, 'payment.kind: no member of golden.unions.Payment has this kind; got a string'],
    [{}, 'payment.kind: no member of golden.unions.Payment has this kind; got undefined'],
    [{ kind: 'card' }, 'payment.number: expected a string, got undefined'],
    [null, 'payment: expected a member of golden.unions.Payment, got null'],
    ['card', 'payment: expected a member of golden.unions.Payment, got a string'],
    [{ kind: 'toString' }, 'payment.kind: no member of golden.unions.Payment has this kind; got a string'],
  ])('%j: %s', (payment, message) => {
    expect(() => bytesOf(argsOf(pay), [payment])).toThrow(`golden.unions.Unions/pay: ${message}`)
  })

  it.each([[true], [1n], [new Date()], [[]], [undefined], [1.5]])('string | int32 is not %s', (value) => {
    expect(() => bytesOf(argsOf(either), [value])).toThrow(/either: value: expected/)
  })

  it('a member of a newer contract is an error that says so', () => {
    const unknown = new ProtobufWriter()
    unknown
      .uint32(10)
      .fork()
      .uint32(8 * 99 + 2)
      .string('new')
      .ldelim()
    expect(() => readBack(argsOf(pay), unknown.finish())).toThrow(
      "golden.unions.Payment came without a member that this contract knows; is the sender's contract newer?",
    )
  })
})

describe('literals', () => {
  it('cost no byte, come back, and are checked', () => {
    const [, , one] = literalsCodecs()
    const shape = one?.result as Shape<unknown>
    expect(readBack(shape, bytesOf(shape, 'only'))).toBe('only')
    expect(() => bytesOf(shape, 'other')).toThrow('expected a member of')
    const bare = argsOf(pay)
    expect([...bytesOf(bare, [{ kind: 'cash' }])]).toEqual([10, 2, 18, 0])
  })
})

describe('unknown carries JSON and nothing else', () => {
  const shape = argsOf(any)

  it.each([[Number.NaN], [1n], [() => 1], [Symbol('x')], [new Date()], [new Map()], [[undefined]], [{ a: 1n }]])(
    '%o is refused',
    (value) => {
      expect(() => bytesOf(shape, [value])).toThrow('value: expected a JSON value, got')
    },
  )

  it('a circle is refused', () => {
    const circle: unknown[] = []
    circle.push(circle)
    expect(() => bytesOf(shape, [circle])).toThrow('value: expected a JSON value, got an array')
  })

  it('keeps -0, half surrogate pairs and __proto__', () => {
    const value = JSON.parse('{"__proto__": {"x": -0}, "half": "\\ud800"}') as unknown
    const [back] = readBack(shape, bytesOf(shape, [value])) as [unknown]
    expect(back).toStrictEqual(value)
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })

  it.each(['', '{', 'undefined', `${'['.repeat(101)}${']'.repeat(101)}`])('broken text is malformed: %s', (text) => {
    const writer = new ProtobufWriter()
    writer.uint32(10).string(text)
    expect(() => readBack(shape, writer.finish())).toThrow('a JSON value is broken, or nests too deeply')
  })
})

describe('limits', () => {
  it('text that has no UTF-8 is refused', () => {
    expect(() => bytesOf(argsOf(either), ['\ud800x'])).toThrow('got one with half of a surrogate pair')
    expect(readBack(argsOf(either), bytesOf(argsOf(either), ['😀é']))).toEqual(['😀é'])
  })

  it('a body holds a limited number of items, packed or not', () => {
    const texts = Buffer.alloc((maxItems + 1) * 2).fill(Buffer.from([18, 0]))
    const [, , , , counted] = mapsCodecs()
    expect(() => readBack(argsOf(counted), texts)).toThrow(`it holds more than ${maxItems} items`)
    expect(readBack(argsOf(counted), texts.subarray(0, 2000))).toEqual([new Map(), new Set([''])])

    const arrays = EchoSchema.types['golden.Arrays']
    const number = arrays?.kind === 'message' ? arrays.fields.find((field) => field.name === 'boolean')?.number : 0
    const packed = new ProtobufWriter()
    packed.uint32((number ?? 0) * 8 + 2).bytes(new Uint8Array(maxItems + 1))
    expect(() => readBack(argsOf(echoCodecs()[2]), packed.finish())).toThrow(`it holds more than ${maxItems} items`)
  })

  it('values nest a limited number of levels, both ways', () => {
    const [tree] = recursionCodecs()
    let deep: unknown = node(null)
    for (let i = 0; i < 200; i++) deep = node(deep)
    expect(() => bytesOf(argsOf(tree), [deep])).toThrow(/nested deeper than 100 levels/)
  })
})

function argsOf(codec: { readonly args: Shape<readonly unknown[]> } | undefined): Shape<unknown> {
  if (!codec) throw new Error('no codec')
  return codec.args as Shape<unknown>
}

function leaf() {
  return { id: 7 }
}

function node(right: unknown) {
  return { label: '', right, children: [], named: new Map(), parts: [] }
}

function emptyRecords() {
  const names = ['strings', 'decimals', 'numbers', 'ints', 'nested', 'index', 'readonlyIndex', 'frozen', 'alias']
  return { ...Object.fromEntries(names.map((name) => [name, {}])), list: [] }
}

function emptySets() {
  const names = 'strings numbers floats ints bigs unsigned flags dates bytes decimals levels words'.split(' ')
  return { ...Object.fromEntries(names.map((name) => [name, new Set()])), list: [] }
}

function emptyTuples() {
  return {
    empty: [],
    one: [''],
    pair: ['', 0n],
    labelled: [0, 0],
    optional: [''],
    rest: [''],
    everything: [''],
    containers: [[], new Set(), new Map(), {}, null],
    optionalContainers: [],
    literal: ['fixed', 1],
    undefinable: [null],
    nested: [[0, 0], leaf()],
    frozen: ['', []],
    list: [],
    matrix: [],
    cube: [],
    objects: [],
    inline: [{ a: '' }, { b: '' }],
  }
}
