import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
// JSON.stringify would write -0 as 0.
import { jsonText } from '../../runtime/schema/json.js'
import type { Type } from '../../runtime/schema/schema.js'
import { OrderJson, ShopFindArgsJson } from '../golden/constraints/expected/shop.zod.js'
import type { Containers } from '../golden/outputs/expected/all.js'
import { OutputsSchema } from '../golden/outputs/expected/all.schema.js'
import * as all from '../golden/outputs/expected/all.zod.js'
import { Page_WordsJson } from '../golden/outputs/expected/paging.zod.js'
import { expectEqual } from '../support/equal.js'
import { anyValue } from './any-value.js'
import { toJson } from './json-value.js'

const { types } = OutputsSchema

describe('zod schemas read the JSON of every value', () => {
  const schemas: Record<string, z.ZodType> = {
    'golden.outputs.Containers': all.ContainersJson,
    'golden.outputs.Unions': all.UnionsJson,
    'golden.outputs.Nested': all.NestedJson,
    'golden.outputs.Words': all.WordsJson,
    'golden.outputs.Scalars': all.ScalarsJson,
    'golden.outputs.paging.Page_Words': Page_WordsJson,
  }

  it.each(Object.entries(schemas))('%s: 1,000 values', (name, schema) => {
    const type: Type = { kind: 'ref', name }
    fc.assert(
      fc.property(anyValue(types, type), (value) => {
        // zod keeps no key of that name, and JSON.parse makes one.
        const text = jsonText(toJson(types, type, value)) as string
        fc.pre(!text.includes('"__proto__"'))
        expectEqual(schema.parse(JSON.parse(text)), value)
      }),
      { numRuns: 1000 },
    )
  })

  it('an error comes out as its class', async () => {
    const { Failed } = await import('../golden/outputs/expected/all.js')
    const found = all.FailedJson.parse({ attempts: 3, how: 'FIRST', message: 'no luck' })
    expect(found).toBeInstanceOf(Failed)
    expect(found).toMatchObject({ attempts: 3, how: 'FIRST', message: 'no luck' })
  })

  it('makes the generated types, not some like them', () => {
    const made: Containers | undefined = all.ContainersJson.safeParse({}).data
    expect(made).toBeUndefined()
  })
})

describe('zod schemas refuse', () => {
  const scalars = {
    double: 1,
    float: 1,
    int32: 1,
    int53: 1,
    int64: '1',
    uint64: '1',
    boolean: true,
    string: '',
    bytes: '',
    date: '2026-11-22T10:00:00+08:00',
    decimal: '1.5',
    json: null,
    color: '',
    level: 0,
  }

  it('nothing of what is right', () => {
    expect(all.ScalarsJson.parse({ ...scalars, unknown: 1 })).toMatchObject({
      date: new Date('2026-11-22T02:00:00Z'),
      int64: 1n,
      bytes: new Uint8Array(),
    })
  })

  it.each([
    ['a fraction for an integer', { int32: 1.5 }],
    ['an integer out of range', { int32: 2 ** 31 }],
    ['a number that is not exact', { int53: 2 ** 53 }],
    ['a float out of range', { float: 1e39 }],
    ['a bigint as a number', { int64: 1 }],
    ['a bigint out of range', { int64: '9223372036854775808' }],
    ['a negative one without sign', { uint64: '-1' }],
    ['a bigint of a million digits', { int64: '9'.repeat(1_000_000) }],
    ['bytes that are no base64', { bytes: '*' }],
    ['a date that does not exist', { date: '2026-02-30T00:00:00Z' }],
    ['a date in words', { date: 'Nov 22, 2026' }],
    ['a decimal with a comma', { decimal: '1,5' }],
    ['JSON that nests without end', { json: JSON.parse('['.repeat(5000) + ']'.repeat(5000)) as unknown }],
    ['no member of an enum', { color: 'green' }],
    ['null', { string: null }],
    ['NaN in disguise', { double: 'nan' }],
  ])('%s', (_, part) => {
    expect(all.ScalarsJson.safeParse({ ...scalars, ...part }).success).toBe(false)
  })

  it('what is missing, what is twice, what is of no member', () => {
    const { string: _, ...rest } = scalars
    expect(all.ScalarsJson.safeParse(rest).success).toBe(false)
    expect(
      all.UnionsJson.safeParse({ shape: { kind: 'triangle' }, shapes: [], byName: [], mixed: '', mixes: [] }).success,
    ).toBe(false)
    expect(all.MixedJson.safeParse({ $bigint: 'x' }).success).toBe(false)
    expect(all.MixedJson.parse({ $bigint: '12' })).toBe(12n)
  })

  it('what breaks a constraint, with its path and the words that the server has', () => {
    const order = {
      number: 'AB-1',
      lines: [{ weight: 1, count: '1' }],
      words: ['12345'],
      mail: null,
      flags: [],
      prices: [],
      notes: {},
      to: { street: 'x', hostile: '`$\u007bi}</script>' },
      place: ['x', { weight: 1, count: '1' }],
    }
    expect(OrderJson.safeParse(order).error).toBeUndefined()
    const issue = (part: object) =>
      OrderJson.safeParse({ ...order, ...part }).error?.issues.map((i) => [i.path.join('.'), i.message])
    expect(issue({ words: ['ok', '123456'] })).toEqual([['words.1', 'at most 5 characters']])
    expect(issue({ lines: [] })).toEqual([['lines', 'at least 1 item']])
    expect(issue({ flags: ['a', 'b', 'c'] })).toEqual([['flags', 'at most 2 items']])
    expect(issue({ lines: [{ weight: 1, count: '1', code: 'AAAA' }] })).toEqual([['lines.0.code', 'at most 2 bytes']])
    expect(issue({ number: '1'.repeat(1_000_000) })).toEqual([['number', 'at most 12 characters']])
    expect(issue({ mail: 'nobody' })).toEqual([['mail', 'an e-mail address']])
    expect(ShopFindArgsJson.safeParse({ text: 'ab', page: 1, limit: 0 }).error?.issues[0]?.message).toBe('at least 1')
  })
})
