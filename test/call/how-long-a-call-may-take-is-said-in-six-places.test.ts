import { afterEach, expect, test } from 'vitest'
import type { Call } from '../../runtime/call.js'
import { defineService, Stub } from '../../runtime/stub.js'
import { Echo, echoCodecs, echoSchema } from '../support/echo.js'
import { closeAll, connectTo, provide } from '../support/network.js'

afterEach(closeAll)

/** What each place says in milliseconds, the one that wins first; undefined: nothing. */
interface Said {
  readonly call?: number
  readonly stub?: number
  readonly contract?: number
  readonly method?: number
  readonly service?: number
  readonly client?: number
}

const places = ['call', 'stub', 'contract', 'method', 'service', 'client'] as const
const all = { call: 10_001, stub: 10_002, contract: 10_003, method: 10_004, service: 10_005, client: 10_006 }
/** All say something, then all but the first one, and so on, until nobody does. */
const table: [Said, number][] = places.map((winner, at) => [
  Object.fromEntries(places.slice(at).map((place) => [place, all[place]])),
  all[winner],
])

test.each([...table, [{}, 1000] as [Said, number]])('%j: %d ms', async (said, expected) => {
  const schema = {
    ...echoSchema,
    methods: echoSchema.methods.map((method) => ({
      ...method,
      ...(said.contract !== undefined && { timeoutMs: said.contract }),
    })),
  }
  const ended: Call[] = []
  const { bound } = await provide([new Echo()])
  const options = (timeoutMs: number | undefined): { timeoutMs?: number } =>
    timeoutMs === undefined ? {} : { timeoutMs }
  const client = connectTo([bound.port], {
    ...options(said.client),
    methods: { 'test.EchoService/echo': options(said.method), 'test.EchoService': options(said.service) },
    observers: [{ end: (call) => ended.push(call) }],
  })
  const stub = new Stub(defineService(schema, echoCodecs), client, options(said.stub))
  expect(await stub.call(0, ['x'], options(said.call))).toBe('x')
  expect(ended.map((call) => Math.round(call.deadline - call.startedAt))).toEqual([expected])
})
