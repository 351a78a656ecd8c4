import { afterEach, expect, test } from 'vitest'
import { TicketServiceSkeleton } from '../../generated/ticket.js'
import { TicketServiceSchema } from '../../generated/ticket.schema.js'
import { dynamicMethod } from '../../runtime/codec/dynamic.js'
import type { MethodSchema, ServiceSchema } from '../../runtime/schema/schema.js'
import { createServer } from '../../runtime/server.js'
import { defineService, Stub, serviceOf } from '../../runtime/stub.js'
import { Echo, EchoServiceClient, echoCodecs, echoSchema } from '../support/echo.js'
import {
  closeAll,
  closeLater,
  connectTo,
  echoClient,
  failure,
  provide,
  provideEcho,
  until,
} from '../support/network.js'

afterEach(closeAll)

interface MessageType {
  readonly fields: readonly { readonly name: string; readonly number: number }[]
}

/** A client of the same service as another version of its contract has it. */
function clientOf(port: number, change: (method: MethodSchema) => MethodSchema, hash: string) {
  const schema: ServiceSchema = { ...echoSchema, methods: echoSchema.methods.map(change), hash }
  const stub = new Stub(defineService(schema, echoCodecs), connectTo([port]))
  return (method: number, text: string) => stub.call(method, [text], undefined)
}

test('a renumbered parameter is refused, and named', async () => {
  let calls = 0
  const { bound } = await provideEcho((value) => {
    calls++
    return value
  })
  const renumbered = clientOf(bound.port, (m) => ({ ...m, params: m.params.map((p) => ({ ...p, number: 7 })) }), '1')
  const error = await failure(renumbered(0, 'x'))
  expect(error.code).toBe('failed_precondition')
  expect(error.message).toMatch(
    /test\.EchoService\/echo is not what the caller takes it for: test\.EchoService\/echo\(text\)/,
  )
  expect(calls).toBe(0)
  // Its other methods and other clients are not touched.
  expect(await echoClient([bound.port]).echo('y')).toBe('y')
})

test.each([
  ['two levels below an argument', 'com.miao.server.Contact', 'phone', 'book'],
  ['in a list below an argument', 'com.miao.server.Passenger', 'name', 'book'],
  ['two levels below a result', 'com.miao.server.Money', 'amount', 'book'],
  ['of a declared error', 'com.miao.server.SoldOut', 'train', 'book'],
  ['of a streamed item', 'com.miao.server.SeatChange', 'train', 'watchSeats'],
])('a renumbered field %s is refused, and named', async (_where, message, field, name) => {
  const handled: string[] = []
  const handlers = { get: (_target: object, key: PropertyKey) => () => void handled.push(String(key)) }
  const service = { [serviceOf]: TicketServiceSkeleton.prototype[serviceOf] }
  const running = await provide([
    new Proxy(service, { get: (of, key) => Reflect.get(of, key) ?? handlers.get(of, key) }),
  ])
  const { [message]: type, ...others } = TicketServiceSchema.types as Record<string, MessageType>
  expect(type?.fields.map((each) => each.name)).toContain(field)
  const fields = type?.fields.map((each) => (each.name === field ? { ...each, number: 70 } : each))
  const types = { ...others, [message]: { ...type, fields } as MessageType }
  const schema = { ...TicketServiceSchema, types, hash: '1' } as ServiceSchema
  const codecs = schema.methods.map((method) => dynamicMethod(schema, method))
  const stub = new Stub(defineService(schema, codecs), connectTo([running.bound.port]))
  const index = schema.methods.findIndex((method) => method.name === name)
  const request = {
    train: 'G7',
    seatClass: 'second',
    passengers: [{ name: 'miao', bornOn: new Date(0) }],
    contact: { phone: '1' },
  }
  const call = async () => {
    if (name === 'book') return stub.call(index, [request], undefined)
    for await (const _item of stub.stream(index, ['G7'], undefined)) break
    return undefined
  }
  const error = await failure(call())
  expect(error.code).toBe('failed_precondition')
  expect(error.message).toContain(`com.miao.server.TicketService/${name} is not what the caller takes it for`)
  expect(error.message).toContain(`${message}.${field}`)
  expect(handled).toEqual([])
  // What doesn't reach it is served.
  await stub.call(4, ['G7', 5], undefined)
  await until(() => handled.length === 1)
  expect(handled).toEqual(['feedback'])
})

test('a parameter of another type is refused; a contract that only grew is served, requests waiting for it', async () => {
  const { bound } = await provideEcho()
  const number = { kind: 'scalar', scalar: 'double' } as const
  const retyped = clientOf(bound.port, (m) => ({ ...m, params: m.params.map((p) => ({ ...p, type: number })) }), '2')
  expect((await failure(retyped(1, 'x'))).message).toMatch(/is not what the caller takes it for/)
  const optional = { name: 'extra', number: 2, type: number, optional: true }
  const grown = clientOf(bound.port, (m) => ({ ...m, params: [...m.params, optional] }), '3')
  const replies = await Promise.all(Array.from({ length: 50 }, (_, i) => grown(i % 2, String(i))))
  expect(replies).toEqual(Array.from({ length: 50 }, (_, i) => String(i)))
})

test('what a call streams in waits with it for the comparison', async () => {
  const { bound } = await provideEcho((value) => `${value};`)
  const optional = { name: 'extra', number: 2, type: { kind: 'scalar', scalar: 'double' }, optional: true } as const
  const schema = { ...echoSchema, methods: echoSchema.methods.map((m) => ({ ...m, params: [...m.params, optional] })) }
  const stub = new Stub(defineService({ ...schema, hash: '5' }, echoCodecs), connectTo([bound.port]))
  async function* items() {
    yield* ['a', 'b', 'c']
  }
  const joined = Array.from({ length: 5 }, () => stub.call(4, [items()], undefined))
  expect(await Promise.all(joined)).toEqual(Array(5).fill('a;b;c;'))
  const chatted: unknown[] = []
  for await (const item of stub.stream(5, [items()], undefined)) chatted.push(item)
  expect(chatted).toEqual(['a;', 'b;', 'c;'])
})

test('a change to what a method does not reach is none of its callers’ business', async () => {
  const aside = (scalar: 'int32' | 'string'): Pick<ServiceSchema, 'types'> => {
    const field = { name: 'n', number: 1, type: { kind: 'scalar', scalar }, optional: false } as const
    return { types: { 'test.Aside': { kind: 'message', fields: [field], tags: {} } } }
  }
  const service = new Echo()
  const changed = defineService({ ...echoSchema, ...aside('int32'), hash: 'other' }, echoCodecs)
  Object.defineProperty(service, serviceOf, { value: changed })
  const { bound } = await provide([service])
  const stub = new Stub(defineService({ ...echoSchema, ...aside('string') }, echoCodecs), connectTo([bound.port]))
  expect(await stub.call(0, ['x'], undefined)).toBe('x')
})

test('a provider whose contract fits is asked where another one’s does not', async () => {
  const fits = createServer({ services: [new Echo()] })
  const other = new Echo()
  const schema = {
    ...echoSchema,
    hash: 'other',
    methods: echoSchema.methods.map((m) => ({ ...m, params: m.params.map((p) => ({ ...p, number: 9 })) })),
  }
  Object.defineProperty(other, serviceOf, { value: defineService(schema, echoCodecs) })
  const doesNot = createServer({ services: [other] })
  const running = await Promise.all([fits, doesNot].map((server) => server.listen({ host: '127.0.0.1' })))
  for (const server of running) closeLater(() => server.close(0))
  const client = new EchoServiceClient(connectTo(running.map(({ bound }) => bound.port)))
  // Half of them find the other one first: far more than a budget of retries has.
  for (let i = 0; i < 200; i++) expect(await client.book(String(i))).toBe(String(i))
})
