import { once } from 'node:events'
import { createClient as createZooKeeperClient } from 'node-zookeeper-client'
import { createClient, createServer, openRegistry } from 'tsubo'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import type { Contract, InvokeResult } from '../../admin/api.js'
import { OrderNotFound, SeatClass, TicketServiceSkeleton } from '../../generated/ticket.js'
import { encodeNodeName } from '../../runtime/address.js'
import { toJson } from '../../runtime/schema/json-value.js'
import { type All, UnionsClient, UnionsSkeleton } from '../golden/unions/expected/u.js'
import { UnionsSchema } from '../golden/unions/expected/u.schema.js'
import { type Console, startConsole } from '../support/console.js'
import { closeAll, closeLater, rawServer } from '../support/network.js'

const tickets = 'com.miao.server.TicketService'

class Unions extends UnionsSkeleton {
  all = (value: All) => value
  pay = (payment: never) => payment
  event = () => undefined
  either = (value: string | number) => typeof value === 'string'
  inline() {}
  async *shapes(shapes: never[]) {
    yield* shapes
  }
}

class Tickets extends TicketServiceSkeleton {
  getTicket = () => 'good'
  search = () => ({ trains: [], more: false })
  book = () => {
    throw new Error('secret of the handler')
  }
  cancel = (orderNumber: bigint) => {
    throw new OrderNotFound({ orderNumber, message: 'no such order' })
  }
  feedback() {}
  async *watchSeats(train: string) {
    for (let seatsLeft = 0; ; seatsLeft++) yield { train, seatClass: SeatClass.Second, seatsLeft, at: new Date(0) }
  }
}

const value: All = {
  payment: { kind: 'card', number: '4111' },
  nullable: null,
  list: [{ kind: 'cash' }, { kind: 'voucher', codes: ['a'], rest: { kind: 'cash' } }],
  byName: new Map([['one', { kind: 'cash' }]]),
  record: { none: null },
  pair: [{ kind: 'cash' }],
  shape: { type: 2, width: 1, height: 2 },
  more: { kind: 'later', due: new Date('2026-11-28T08:00:00Z') },
  value: 9007199254740993n,
  auto: 'auto',
  sizes: new Date(0),
  off: false,
  listed: ['a', 'b'],
  frozen: [{ id: 1 }],
  dictionary: { a: 1 },
  pairOr: [1, 2],
  single: 'x',
  level: 3,
}

let own: Console
let cookie = ''
let port = 0
beforeAll(async () => {
  own = await startConsole()
  cookie = await own.login()
  const running = await createServer({ application: 'shop', services: [new Unions(), new Tickets()] }).listen({
    registry: own.registry,
  })
  await running.registered
  port = running.bound.port
  closeLater(() => running.close(0))
  await vi.waitFor(async () => expect((await own.ask('/api/services', { cookie })).json.total).toBe(2))
})
afterAll(closeAll)

const post = (service: string, what: 'invoke' | 'stream', body: object) =>
  own.ask(`/api/services/${service}/${what}`, { body, cookie })
const invoke = async (service: string, body: object): Promise<InvokeResult> => {
  const { status, json, text } = await post(service, 'invoke', body)
  if (status !== 200) throw new Error(`${status} ${text}`)
  return json
}

it('a contract comes with its text and its comments', async () => {
  const { json } = await own.ask(`/api/services/${tickets}/contract`, { cookie })
  const contract = json as Extract<Contract, { state: 'found' }>
  expect(contract).toMatchObject({ state: 'found', schema: { name: tickets }, from: `127.0.0.1:${port}` })
  expect(contract.files[0]?.text).toContain('export interface TicketService {')
  expect(contract.comments[`${tickets}.book`]).toBe('Books seats for all passengers, or for none of them.')
  expect(contract.comments['com.miao.server.SearchFilter.limit']).toBe('20 if left out.')
})

describe('a call', () => {
  it('with unions, 64 bits, dates and maps gives what the generated client gives', async () => {
    const registry = openRegistry(own.address)
    const client = createClient({ registry })
    closeLater(async () => {
      await client.close(0)
      await registry.close()
    })
    const { types, methods } = UnionsSchema
    const result = methods[0]?.result
    if (!result) throw new Error('it has one')
    const generated = toJson(types, result, await new UnionsClient(client).all(value))
    const arg = toJson(types, result, value)
    const tried = await invoke('golden.unions.Unions', { method: 'all', args: [arg] })
    expect(tried.value).toEqual(generated)
    expect(tried.value).toMatchObject({
      byName: [['one', { kind: 'cash' }]],
      more: { kind: 'later', due: '2026-11-28T08:00:00.000Z' },
    })
    expect(JSON.stringify((tried.value as All).value)).toContain('9007199254740993')
    expect(tried).toMatchObject({ provider: `127.0.0.1:${port}`, elapsedMs: expect.any(Number), metadata: {} })
    expect(tried.command).toMatch(/^tsubo invoke golden\.unions\.Unions\.all '\{/)
  })

  it.each([
    [{ method: 'cancel', args: ['x'] }, 'args.orderNumber'],
    [{ method: 'cancel', args: [] }, 'args.orderNumber'],
    [{ method: 'search', args: [{ from: 'A', to: 'B', classes: ['third'] }] }, 'args.filter.classes[0]'],
    [
      { method: 'search', args: [{ from: 'A', to: 'B', classes: [], limit: 1.5 }] },
      expect.stringMatching(/^args\.filter\.limit/),
    ],
    [{ method: 'cancel', args: ['99999999999999999999999'] }, expect.stringMatching(/^args\.orderNumber/)],
    [{ method: 'nothing', args: [] }, 'method'],
    [{ method: '__proto__', args: [] }, 'method'],
    [{ method: 'getTicket', args: [], items: [] }, 'items'],
    [{ method: 'getTicket', args: [], timeoutMs: 1e9 }, 'timeoutMs'],
    [{ method: 'getTicket', args: [], metadata: { 'Bad Name': 'x' } }, 'metadata.Bad Name'],
  ])('that does not fit is told by field, and nobody is called: %j', async (body, field) => {
    expect(await post(tickets, 'invoke', body)).toMatchObject({
      status: 400,
      json: { error: { code: 'invalid', field } },
    })
  })

  it('that fails is told as what it is: a declared error with its properties, and no secret of a handler', async () => {
    expect(await invoke(tickets, { method: 'cancel', args: ['7'] })).toMatchObject({
      error: {
        code: 'failed_precondition',
        type: 'com.miao.server.OrderNotFound',
        message: 'no such order',
        fields: { orderNumber: '7' },
      },
    })
    const booking = { passengers: [], contact: { kind: 'none' } }
    const failed = await post(tickets, 'invoke', { method: 'book', args: [booking] })
    expect(failed.text).not.toContain('secret of the handler')
  })

  it('that streams is told item by item, ends with who asked, and is bounded otherwise', async () => {
    const { answer, request } = await own.open(`/api/services/${tickets}/stream`, {
      body: { method: 'watchSeats', args: ['G1'] },
      cookie,
    })
    const [chunk] = (await once(answer, 'data')) as [Buffer]
    const [line = ''] = chunk.toString().split('\n')
    expect(JSON.parse(line)).toMatchObject({ kind: 'item', value: { train: 'G1', seatsLeft: 0 } })
    request.destroy()
    const whole = await invoke(tickets, { method: 'watchSeats', args: ['G1'] })
    expect(whole.truncated).toBe(true)
    expect(whole.value).toHaveLength(1000)
    const one = await post(tickets, 'stream', { method: 'getTicket', args: [] })
    expect(one).toMatchObject({ status: 400, json: { error: { field: 'method' } } })
  })

  it('is in the audit log: who called what, and not with what', async () => {
    await invoke(tickets, { method: 'getTicket', args: [] })
    const [entry] = (await own.ask('/api/audit?action=call', { cookie })).json.items
    expect(entry).toMatchObject({
      user: 'root',
      host: '127.0.0.1',
      action: 'call',
      target: `${tickets}.getTicket`,
      outcome: 'done',
    })
  })
})

describe('a call reaches nobody', () => {
  it('but who is registered: whatever address is asked for, no connection is made to it', async () => {
    let connections = 0
    const stranger = await rawServer(() => connections++)
    for (const provider of [
      `127.0.0.1:${stranger}`,
      `localhost:${port}`,
      `127.1:${port}`,
      '169.254.169.254:80',
      'http://127.0.0.1',
      `127.0.0.1:${port}@x`,
    ]) {
      const answer = await post(tickets, 'invoke', { method: 'getTicket', args: [], provider })
      expect(answer).toMatchObject({ status: 400, json: { error: { field: 'provider' } } })
    }
    for (const body of [
      { method: 'getTicket', args: [], address: `127.0.0.1:${stranger}` },
      { method: 'getTicket', args: [], registry: `static://127.0.0.1:${stranger}` },
    ]) {
      expect((await post(tickets, 'invoke', body)).status).toBe(400)
    }
    expect((await post('com.example.Nobody', 'invoke', { method: 'x', args: [] })).status).toBe(404)
    expect(connections).toBe(0)
    expect((await invoke(tickets, { method: 'getTicket', args: [], provider: `127.0.0.1:${port}` })).value).toBe('good')
  })

  it('at a link-local address, whoever has registered it', async () => {
    const zooKeeper = createZooKeeperClient(inject('zooKeeper').builtIn)
    zooKeeper.connect()
    await once(zooKeeper, 'connected')
    const root = own.address.replace(/^zookeeper:\/\/[^/]+/, '')
    const node = encodeNodeName('tsubo://169.254.169.254:80/com.evil.A?interface=com.evil.A')
    await new Promise<void>((done, fail) =>
      zooKeeper.mkdirp(`${root}/dubbo/com.evil.A/providers/${node}`, (error) => (error ? fail(error) : done())),
    )
    zooKeeper.close()
    await vi.waitFor(async () => {
      expect((await own.ask('/api/services/com.evil.A', { cookie })).json.providers).toHaveLength(1)
    })
    const answer = await post('com.evil.A', 'invoke', { method: 'x', args: [] })
    expect(answer).toMatchObject({ status: 403, json: { error: { code: 'forbidden' } } })
    expect((await own.ask('/api/services/com.evil.A/contract', { cookie })).status).toBe(403)
  })
})
