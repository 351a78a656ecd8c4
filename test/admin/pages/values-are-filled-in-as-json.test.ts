import { describe, expect, it } from 'vitest'
import { argumentsOfText, blankArguments, commandLine, textOfArguments } from '../../../admin/ui/value/arguments.js'
import { blank } from '../../../admin/ui/value/blank.js'
import { memberOfJson, unwrapped, wrapped } from '../../../admin/ui/value/member.js'
import { OrderServiceSchema } from '../../../generated/order.schema.js'
import { argsFromJson, fromJson, toJson } from '../../../runtime/schema/json-value.js'
import type { MethodSchema, ServiceSchema, UnionDeclaration } from '../../../runtime/schema/schema.js'

const schema: ServiceSchema = OrderServiceSchema
const { types } = schema
const method = (name: string) => schema.methods.find((each) => each.name === name) as MethodSchema
const ref = (name: string) => ({ kind: 'ref', name: `com.miao.shop.${name}` }) as const

describe('a value to begin with', () => {
  it.each(Object.keys(types).filter((name) => types[name]?.kind !== 'error'))('fits its type: %s', (name) => {
    const type = { kind: 'ref', name } as const
    const value = fromJson(types, type, blank(types, type), 'value')
    expect(toJson(types, type, value)).toEqual(blank(types, type))
  })

  it('ends where a type needs itself, which no value can', () => {
    const circle: ServiceSchema['types'] = {
      A: {
        kind: 'message',
        fields: [{ name: 'a', number: 1, type: { kind: 'ref', name: 'A' }, optional: false }],
        tags: {},
      },
    }
    expect(JSON.stringify(blank(circle, { kind: 'ref', name: 'A' })).length).toBeLessThan(200)
  })
})

describe('a member of a union', () => {
  const remark = types['com.miao.shop.Remark'] as UnionDeclaration
  const payment = types['com.miao.shop.Payment'] as UnionDeclaration

  it.each([
    [remark, 'a text', 'string'],
    [remark, { $bigint: '12' }, 'bigint'],
    [remark, { $Date: '2026-11-28T00:00:00.000Z' }, 'Date'],
    [payment, { kind: 'invoice', days: 3 }, 'invoice'],
    [payment, { kind: 'nothing' }, undefined],
    [payment, 7, undefined],
    [remark, null, undefined],
  ])('is told by its JSON', (union, json, name) => {
    expect(memberOfJson(types, union, json)?.name).toBe(name)
  })

  it('keeps its mark when what is within changes', () => {
    const member = memberOfJson(types, remark, { $bigint: '12' })
    if (!member) throw new Error('no member')
    expect(unwrapped(types, member, { $bigint: '12' })).toBe('12')
    expect(wrapped(types, member, '13')).toEqual({ $bigint: '13' })
  })
})

describe('arguments as one text', () => {
  it.each(['quote', 'place', 'track', 'restock'])('come back from it: %s', (name) => {
    const args = blankArguments(schema, method(name))
    expect(argumentsOfText(method(name), textOfArguments(method(name), args))).toEqual([...args])
  })

  it('are what the server and tsubo invoke read', () => {
    const text = textOfArguments(method('place'), [blank(types, ref('Order')), 'quick'])
    expect(argsFromJson(types, method('place'), JSON.parse(text))[1]).toBe('quick')
  })

  it('are refused where the text is of something else', () => {
    expect(() => argumentsOfText(method('place'), '[1')).toThrow(SyntaxError)
    expect(() => argumentsOfText(method('place'), '7')).toThrow(RangeError)
    expect(() => argumentsOfText(method('place'), '{"ordr":1}')).toThrow('"ordr"')
  })
})

it('a line for a shell says the same call, and nothing in it means anything to the shell', () => {
  const call = {
    service: 'com.miao.shop.OrderService',
    method: method('track'),
    args: ["1'; rm -rf $HOME #"],
    registry: 'zookeeper://127.0.0.1:2181',
    version: '1.0.0',
    timeoutMs: 500,
    metadata: { note: 'a b' },
  }
  expect(commandLine(call)).toBe(
    `npx tsubo invoke com.miao.shop.OrderService.track '"1'\\''; rm -rf $HOME #"' --registry zookeeper://127.0.0.1:2181 --version 1.0.0 --timeout 500ms --metadata 'note=a b'`,
  )
  expect(commandLine({ ...call, provider: '10.0.0.1:20880' })).toContain('--address 10.0.0.1:20880')
  const streamed = {
    ...call,
    method: method('restock'),
    args: [
      [
        { article: 'tea', count: 1 },
        { article: 'pot', count: 2 },
      ],
    ],
  }
  expect(commandLine(streamed)).toMatch(
    /^printf '%s\\n' '{"article":"tea","count":1}' '{"article":"pot","count":2}' \| npx tsubo invoke/,
  )
})
