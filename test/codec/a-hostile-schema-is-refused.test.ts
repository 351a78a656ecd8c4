import { expect, test } from 'vitest'
import { dynamicMethod } from '../../runtime/codec/dynamic.js'
import { compare } from '../../runtime/schema/compare.js'
import { readSchema, schemaLimits } from '../../runtime/schema/read-schema.js'
import type { ServiceSchema } from '../../runtime/schema/schema.js'
import { bytesOf, readBack } from '../codegen/bytes.js'

/** A contract with everything in it, as JSON to be spoilt. */
const good = JSON.stringify({
  schemaVersion: 1,
  name: 'a.S',
  hash: 'whatever',
  tags: { group: 'g' },
  methods: [
    {
      name: 'm',
      kind: 'client',
      params: [
        { name: 'one', number: 1, type: { kind: 'ref', name: 'a.M' }, optional: false },
        { name: 'many', number: 0, type: { kind: 'scalar', scalar: 'string' }, optional: false },
      ],
      stream: 1,
      result: { kind: 'ref', name: 'a.U' },
      body: 'bare',
      errors: ['a.E'],
      idempotent: false,
      oneway: false,
      timeoutMs: 500,
      tags: {},
    },
  ],
  types: {
    'a.M': {
      kind: 'message',
      fields: [
        {
          name: 'x',
          number: 1,
          type: { kind: 'scalar', scalar: 'int32' },
          optional: false,
          constraints: { minimum: 3 },
        },
        { name: 'kind', number: 2, type: { kind: 'literal', value: 'm' }, optional: false },
        { name: 's', number: 3, type: { kind: 'set', item: { kind: 'ref', name: 'a.C' } }, optional: false },
        {
          name: 't',
          number: 4,
          type: { kind: 'tuple', items: [{ type: { kind: 'scalar', scalar: 'json' }, optional: true }] },
          optional: true,
        },
        {
          name: 'r',
          number: 5,
          type: {
            kind: 'map',
            form: 'record',
            key: { kind: 'scalar', scalar: 'int32' },
            value: { kind: 'nullable', of: { kind: 'ref', name: 'a.M' } },
          },
          optional: true,
        },
      ],
      tags: {},
    },
    'a.E': { kind: 'error', fields: [], tags: {} },
    'a.C': {
      kind: 'enum',
      form: 'enum',
      members: [
        { name: 'A', value: 'a', number: 1 },
        { name: 'B', value: 'b', number: 2 },
      ],
      tags: {},
    },
    'a.U': {
      kind: 'union',
      discriminator: 'kind',
      members: [
        { name: 'm', number: 1, type: { kind: 'ref', name: 'a.M' }, value: 'm' },
        { name: 'string', number: 2, type: { kind: 'scalar', scalar: 'string' } },
      ],
      tags: {},
    },
  },
})

/** The good one with `to` at a path; undefined takes it away. */
function spoilt(path: string, to: unknown): unknown {
  const schema = JSON.parse(good) as Record<string, unknown>
  const keys = path.split('|')
  const last = keys.pop() as string
  const at = keys.reduce<Record<string, unknown>>((inner, key) => inner[key] as Record<string, unknown>, schema)
  if (to === undefined) delete at[last]
  else Object.defineProperty(at, last, { value: to, enumerable: true, configurable: true })
  return schema
}
const string = { kind: 'scalar', scalar: 'string' }
const deep = (depth: number): unknown => (depth === 0 ? string : { kind: 'array', item: deep(depth - 1) })
const field = (name: string, number: number, type: unknown = string) => ({ name, number, type, optional: false })
const returning = (name: string) => ({
  name: 'm',
  kind: 'unary',
  params: [],
  result: { kind: 'ref', name },
  body: 'args',
  errors: [],
  idempotent: true,
  oneway: false,
  tags: {},
})
const messages = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`a.T${i}`, { kind: 'message', fields: [], tags: {} }]))

test('the one that the others are made of is fine', () => {
  expect(readSchema(JSON.parse(good)).methods[0]).toMatchObject({ name: 'm', stream: 1, timeoutMs: 500 })
})

test.each<[what: string, path: string, to: unknown, says: RegExp]>([
  ['no object', 'types', 7, /^types is no object/],
  ['another version', 'schemaVersion', 2, /^schemaVersion is not 1/],
  ['a name with a slash', 'name', '../a', /^name is "..\/a", which can't be a name/],
  ['a name from the prototype', 'name', 'a.__proto__', /can't be a name/],
  ['100,000 types', 'types', messages(100_000), /^types holds more than 5000/],
  ['100,000 methods', 'methods', Array(100_000).fill({}), /^methods holds more than 1000/],
  [
    '100,000 properties',
    'types|a.M|fields',
    Array.from({ length: 100_000 }, (_, i) => field(`f${i}`, i + 1)),
    /holds more than 50000/,
  ],
  ['a type too deep', 'types|a.M|fields|0|type', deep(80), /nests deeper than 64/],
  ['a type nobody knows', 'types|a.M|fields|0|type', { kind: 'eval' }, /type\.kind is "eval"/],
  [
    'a scalar from the prototype',
    'types|a.M|fields|0|type',
    { kind: 'scalar', scalar: 'constructor' },
    /scalar is "constructor"/,
  ],
  ['a declaration nobody knows', 'types|a.M|kind', 'class', /types\["a\.M"\]\.kind is "class"/],
  ['a property of every object', 'types|a.M|fields|0|name', '__proto__', /fields\[0\]\.name is "__proto__"/],
  ['a constructor', 'types|a.M|fields|0|name', 'constructor', /fields\[0\]\.name is "constructor"/],
  ['code for a name', 'types|a.M|fields|0|name', 'x;process.exit()', /which can't be a name/],
  ['an endless name', 'types|a.M|fields|0|name', 'x'.repeat(300), /longer than 200/],
  ['a type called __proto__', 'types|__proto__', { kind: 'message', fields: [], tags: {} }, /which can't be a name/],
  ['two of one name', 'types|a.M|fields|1|name', 'x', /fields\[1\]\.name is "x", which another one is, too/],
  ['two of one number', 'types|a.M|fields|1|number', 1, /fields\[1\]\.number is 1, which another one is, too/],
  ['number 0', 'types|a.M|fields|0|number', 0, /number is 0/],
  ['a negative number', 'types|a.M|fields|0|number', -1, /number is -1/],
  ['half a number', 'types|a.M|fields|0|number', 1.5, /number is 1\.5/],
  ['a number too large', 'types|a.M|fields|0|number', 2 ** 29, /number is 536870912/],
  ['a number that protobuf keeps', 'types|a.M|fields|0|number', 19_500, /protobuf keeps/],
  ['a number as text', 'types|a.M|fields|0|number', '1', /number is "1"/],
  ['an enum number too large', 'types|a.C|members|0|number', 2 ** 31, /not from -2\^31/],
  ['an empty enum', 'types|a.C|members', [], /members is empty/],
  ['two values alike', 'types|a.C|members|1|value', 'a', /value is "a", which another one is, too/],
  ['a reference to nothing', 'types|a.M|fields|0|type', { kind: 'ref', name: 'a.Nothing' }, /refers to "a\.Nothing"/],
  ['a reference to the prototype', 'types|a.M|fields|0|type', { kind: 'ref', name: 'toString' }, /can't be a name/],
  ['a set of messages', 'types|a.M|fields|2|type|item', { kind: 'ref', name: 'a.M' }, /can't be an item of a set/],
  ['a set of JSON', 'types|a.M|fields|2|type|item', { kind: 'scalar', scalar: 'json' }, /can't be an item/],
  [
    'a record of dates',
    'types|a.M|fields|4|type|key',
    { kind: 'scalar', scalar: 'date' },
    /can't be a key of a record/,
  ],
  [
    'null twice',
    'types|a.M|fields|4|type|value',
    { kind: 'nullable', of: { kind: 'nullable', of: string } },
    /nullable twice/,
  ],
  ['an optional literal', 'types|a.M|fields|1|optional', true, /is a literal/],
  [
    'a tuple with a hole',
    'types|a.M|fields|3|type|items',
    [
      { type: string, optional: true },
      { type: string, optional: false },
    ],
    /behind an optional one/,
  ],
  ['a union without a way to tell', 'types|a.U|members|1|type', { kind: 'nullable', of: string }, /can't be told/],
  ['a union told by nothing', 'types|a.U|discriminator', undefined, /discriminator is missing/],
  ['an error that hides its stack', 'types|a.E|fields', [field('stack', 1)], /every error's own/],
  ['an error that is none', 'methods|0|errors', ['a.M'], /"a\.M" is no declared error/],
  ['a method called then', 'methods|0|name', 'then', /look like a promise/],
  ['a stream that is not there', 'methods|0|stream', 7, /stream names none/],
  ['a bare body of two', 'methods|0|stream', undefined, /stream names none/],
  ['a bare body that is a text', 'methods|0|params|0|type', string, /exactly one required message/],
  [
    'two methods of one name',
    'methods',
    [...(JSON.parse(good) as ServiceSchema).methods, ...(JSON.parse(good) as ServiceSchema).methods],
    /methods\[1\]\.name/,
  ],
  ['no tags', 'methods|0|tags', undefined, /tags is no object/],
  ['tags with code for a name', 'tags', { 'a b': '' }, /can't be a name/],
  ['a constraint that is no number', 'types|a.M|fields|0|constraints', { minimum: 'x' }, /minimum is no number/],
  ['a timeout in the past', 'methods|0|timeoutMs', -1, /no number of milliseconds/],
])('%s is refused with its place', (_, path, to, says) => {
  expect(() => readSchema(spoilt(path, to))).toThrow(RangeError)
  expect(() => readSchema(spoilt(path, to))).toThrow(says)
})

test.each([[null], [undefined], [[]], ['{}'], [{}], [{ schemaVersion: 1 }]])('%j is no contract', (value) => {
  expect(() => readSchema(value)).toThrow(RangeError)
})

test('nothing of the original is kept, and a polluted prototype has no say', () => {
  const original = { ...(JSON.parse(good) as object), extra: () => 'code', toJSON: () => 'gone' }
  Object.defineProperty(Object.prototype, 'optionalResult', { value: true, configurable: true })
  try {
    const schema = readSchema(original)
    expect(Object.keys(schema).sort()).toEqual(['hash', 'methods', 'name', 'schemaVersion', 'tags', 'types'])
    expect(Object.hasOwn(schema.methods[0] as object, 'optionalResult')).toBe(false)
    expect(schema.hash).not.toBe('whatever')
  } finally {
    Reflect.deleteProperty(Object.prototype, 'optionalResult')
  }
})

test('a contract at its limits is read, bound and compared without a stack running out', () => {
  const { types } = schemaLimits
  const chain = Object.fromEntries(
    Array.from({ length: types }, (_, i) => [
      `a.T${i}`,
      {
        kind: 'message',
        fields: [{ ...field('next', 1, { kind: 'ref', name: `a.T${(i + 1) % types}` }), optional: true }],
        tags: {},
      },
    ]),
  )
  const schema = readSchema({ schemaVersion: 1, name: 'a.S', methods: [returning('a.T0')], types: chain, tags: {} })
  const { result } = dynamicMethod(schema, schema.methods[0] as ServiceSchema['methods'][number])
  const value = { next: { next: { next: {} } } }
  expect(readBack(result, bytesOf(result, value))).toEqual(value)
  expect(compare(schema, schema)).toEqual([])
})

test('a message that needs itself can be neither written nor read, and says so', () => {
  const self = { name: 'self', number: 1, type: { kind: 'ref', name: 'a.Round' }, optional: false }
  const types = { 'a.Round': { kind: 'message', fields: [self], tags: {} } }
  const schema = readSchema({ schemaVersion: 1, name: 'a.S', methods: [returning('a.Round')], types, tags: {} })
  const { result } = dynamicMethod(schema, schema.methods[0] as ServiceSchema['methods'][number])
  const round: { self?: unknown } = {}
  round.self = round
  expect(() => bytesOf(result, round)).toThrow(/nested deeper than 100 levels, or in a circle/)
  expect(() => readBack(result, new Uint8Array([10, 0]))).toThrow(/came without its required "self"/)
})
