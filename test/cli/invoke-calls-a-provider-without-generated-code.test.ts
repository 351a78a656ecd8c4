import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { run } from '../../cli/invoke.js'
import { SeatClass, SoldOut, TicketServiceSkeleton } from '../../generated/ticket.js'
import type { Call } from '../../runtime/call.js'
import { openRegistry } from '../../runtime/open-registry.js'
import type { Registry } from '../../runtime/registry/registry.js'
import { createServer } from '../../runtime/server.js'
import { startZooKeeper, type ZooKeeper } from '../../zookeeper/server.js'
import { Echo } from '../support/echo.js'
import { closeAll, closedPort, closeLater, rawServer } from '../support/network.js'

class Tickets extends TicketServiceSkeleton {
  getTicket(call: Call) {
    return `good ${call.metadata?.['x-tenant'] ?? ''}`
  }
  search() {
    return { trains: [], more: false }
  }
  book(): never {
    throw new SoldOut({ train: 'G7', seatClass: SeatClass.First, seatsLeft: 0, message: 'not a seat left \u001b[31m' })
  }
  cancel(orderNumber: bigint, reason?: string) {
    return { amount: '12.50', currency: `${orderNumber} ${reason ?? 'no reason'}` }
  }
  feedback() {}
  async *watchSeats(train: string) {
    for (const seatsLeft of [2, 1]) yield { train, seatClass: SeatClass.Second, seatsLeft, at: new Date(0) }
  }
}

let zookeeper: ZooKeeper
let registry: Registry
let address: string

beforeAll(async () => {
  zookeeper = await startZooKeeper()
  registry = openRegistry(zookeeper.address)
  const services = [
    new Tickets(),
    { service: new Echo((v) => `1 ${v}`), group: 'a' },
    { service: new Echo((v) => `2 ${v}`), group: 'b' },
  ]
  const running = await createServer({ services }).listen({ registry })
  await running.registered
  address = `127.0.0.1:${running.bound.port}`
  closeLater(() => running.close(0))
})
afterAll(async () => {
  await closeAll()
  await registry.close()
  await zookeeper.close()
})

/** Runs the command with what a shell gives it. */
async function invoke(...args: string[]) {
  const printed: string[] = []
  const wrong: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => wrong.push(String(text)) > 0)
  const code = await run(args).finally(() => vi.restoreAllMocks())
  return { code, out: printed.join(''), err: wrong.join('') }
}
const at = (...args: string[]) => invoke(...args, '--address', address)

describe('a call', () => {
  test('through a registry, by full name or the end of it', async () => {
    for (const name of [
      'com.miao.server.TicketService.getTicket',
      'TicketService.getTicket',
      'TicketService/getTicket',
    ]) {
      expect(await invoke(name, '--registry', zookeeper.address)).toEqual({ code: 0, out: '"good "\n', err: '' })
    }
  })

  test('at an address, with metadata and a time of its own', async () => {
    const called = await at('TicketService.getTicket', '--metadata', 'x-tenant=miao', '--timeout', '2s')
    expect(called).toEqual({ code: 0, out: '"good miao"\n', err: '' })
  })

  test('with a token out of a file or the environment, which is asked for at every step', async () => {
    const running = await createServer({
      services: [new Tickets()],
      authenticate: ({ authorization }) => (authorization === 'Bearer s3cret' ? 'miao' : undefined),
    }).listen({ host: '127.0.0.1' })
    closeLater(() => running.close(0))
    const folder = mkdtempSync(join(tmpdir(), 'tsubo-'))
    const file = join(folder, 'token')
    writeFileSync(file, 's3cret\n')
    const asked = ['TicketService.getTicket', '--address', `127.0.0.1:${running.bound.port}`]
    expect(await invoke(...asked)).toMatchObject({ code: 1, err: expect.stringMatching(/unauthenticated/) })
    expect(await invoke(...asked, '--bearer-file', file)).toMatchObject({ code: 0, out: '"good "\n' })
    vi.stubEnv('TSUBO_TEST_BEARER', 's3cret')
    expect(await invoke(...asked, '--bearer-env', 'TSUBO_TEST_BEARER')).toMatchObject({ code: 0, out: '"good "\n' })
    vi.unstubAllEnvs()
    const unset = await invoke(...asked, '--bearer-env', 'TSUBO_TEST_BEARER')
    expect(unset.code).toBe(2)
    expect(unset.err).toMatch(/^tsubo invoke: --bearer-env TSUBO_TEST_BEARER: the environment variable .* is not set/)
    expect(await invoke(...asked, '--bearer-file', join(folder, 'none'))).toMatchObject({ code: 2 })
    const both = await invoke(...asked, '--bearer-file', file, '--bearer-env', 'TSUBO_TEST_BEARER')
    expect(both).toMatchObject({ code: 2, err: expect.stringMatching(/--bearer-file or --bearer-env, not both/) })
    rmSync(folder, { recursive: true })
  })

  test('with several arguments: an array, fewer of them, or by name; bigint is text', async () => {
    const out = (reason: string) => `{"amount":"12.50","currency":"9007199254740993 ${reason}"}\n`
    expect((await at('TicketService.cancel', '["9007199254740993", "late"]', '--json')).out).toBe(out('late'))
    expect((await at('TicketService.cancel', '["9007199254740993"]', '--json')).out).toBe(out('no reason'))
    const named = '{"reason": "late", "orderNumber": "9007199254740993"}'
    expect((await at('TicketService.cancel', named, '--json')).out).toBe(out('late'))
    expect((await at('TicketService.cancel', named)).out).toContain('\n  "amount": "12.50",\n')
  })

  test('a stream, an item a line; nothing where nothing is answered', async () => {
    const line = (left: number) =>
      `{"train":"G7","seatClass":"second","seatsLeft":${left},"at":"1970-01-01T00:00:00.000Z"}\n`
    expect(await at('TicketService.watchSeats', '"G7"')).toEqual({ code: 0, out: line(2) + line(1), err: '' })
    expect(await at('TicketService.feedback', '["G7", 5]')).toEqual({ code: 0, out: '', err: '' })
  })

  test('a stream of arguments comes from standard input, a line an item', async () => {
    vi.spyOn(process, 'stdin', 'get').mockReturnValue(
      Readable.from(['"a"\n"b"\n', '\n"c"\n']) as unknown as typeof process.stdin,
    )
    expect(await at('EchoService.chat', '--group', 'a')).toEqual({ code: 0, out: '"1 a"\n"1 b"\n"1 c"\n', err: '' })
  })

  test("to the runtime's own services", async () => {
    expect((await at('tsubo.HealthService.check', '{}', '--json')).out).toBe('{"status":1}\n')
  })

  test('to one of several groups', async () => {
    expect((await at('EchoService.echo', '"x"', '--group', 'b')).out).toBe('"2 x"\n')
    expect((await invoke('EchoService.echo', '"x"', '--group', 'b', '--registry', zookeeper.address)).out).toBe(
      '"2 x"\n',
    )
    const unsaid = await at('EchoService.echo', '"x"')
    expect(unsaid.code).toBe(2)
    expect(unsaid.err).toContain("is provided under --group 'a' --version '' or --group 'b' --version '': say which")
  })
})

describe('what fails', () => {
  test('with a declared error: its code, name, message and properties; nothing that a terminal acts on', async () => {
    const request = '{"train":"G7","seatClass":"first","passengers":[],"contact":{"phone":"1"}}'
    const { code, out, err } = await at('TicketService.book', request)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toBe(
      'tsubo invoke: failed_precondition com.miao.server.SoldOut: not a seat left \\u001b[31m\n  train: "G7"\n  seatClass: "first"\n  seatsLeft: 0\n',
    )
    const asJson = await at('TicketService.book', request, '--json')
    expect(JSON.parse(asJson.err)).toEqual({
      error: {
        code: 'failed_precondition',
        type: 'com.miao.server.SoldOut',
        message: 'not a seat left \u001b[31m',
        fields: { train: 'G7', seatClass: 'first', seatsLeft: 0 },
      },
    })
  })

  test.each([
    [
      'a wrong type',
      '{"train":7,"seatClass":"first","passengers":[],"contact":{"phone":"1"}}',
      'request.train: expected text, got 7',
    ],
    [
      'a wrong member',
      '{"train":"G7","seatClass":"frist","passengers":[],"contact":{"phone":"1"}}',
      'request.seatClass: expected one of "second", "first", "business", got "frist"',
    ],
    [
      'a wrong place inside',
      '{"train":"G7","seatClass":"first","passengers":[{"name":"M","bornOn":"soon"}],"contact":{"phone":"1"}}',
      'request.passengers[0].bornOn: expected a date like "2026-11-28T09:30:00Z", got "soon"',
    ],
    [
      'a missing property',
      '{"train":"G7","seatClass":"first","passengers":[]}',
      'request.contact: is missing; expected Contact',
    ],
    [
      'an unknown property',
      '{"train":"G7","seat":"first","passengers":[],"contact":{"phone":"1"}}',
      'has no "seat"; it has train, seatClass, passengers, contact, reference',
    ],
    ['no arguments', undefined, 'request: is missing; expected BookRequest'],
    ['no JSON', '{train: 7}', 'the arguments are no JSON'],
  ])('an argument with %s is refused with its path, and nothing is called', async (_, json, says) => {
    const { code, err } = await at('TicketService.book', ...(json === undefined ? [] : [json]))
    expect(code).toBe(2)
    expect(err).toContain(says)
  })

  test('a number out of range, too many arguments', async () => {
    expect(await at('TicketService.feedback', '["G7", -1]')).toMatchObject({
      code: 2,
      err: expect.stringContaining('stars: expected an integer from 0 to 2^32 - 1'),
    })
    expect((await at('TicketService.cancel', '["1", "b", "c"]')).err).toContain(
      'expected an array [orderNumber: bigint, reason?: string], got 3 arguments',
    )
    expect((await at('TicketService.getTicket', '"x"')).err).toContain('expected no arguments')
  })

  test('a name that is not there, with what is', async () => {
    const misspelt = await at('TicketService.gettiket')
    expect(misspelt.code).toBe(2)
    expect(misspelt.err).toContain('has no method "gettiket"; did you mean getTicket?')
    expect(misspelt.err).toContain('\n  cancel(orderNumber: bigint, reason?: string): Promise<Money>\n')
    expect((await at('TicketService')).err).toContain(
      'say which method\ncom.miao.server.TicketService has\n  getTicket()',
    )
    const service = await invoke('TiketService.getTicket', '--registry', zookeeper.address)
    expect(service).toMatchObject({ code: 2, err: expect.stringContaining('did you mean TicketService?') })
  })

  test('where nobody answers, in one sentence', async () => {
    const away = await invoke('a.S.m', '--address', `127.0.0.1:${await closedPort()}`)
    expect(away).toMatchObject({ code: 1, out: '' })
    expect(away.err).toMatch(/^tsubo invoke: unavailable: .*\n/)
    const port = await rawServer(() => {})
    await expect(invoke('a.S.m', '--registry', `zookeeper://127.0.0.1:${port}`)).rejects.toThrow(
      /can't be reached: no answer within 3000 ms/,
    )
  }, 15_000)

  test.each([
    [[], 'say what to call'],
    [['a.S.m', '1', '2'], 'in single quotes'],
    [['a.S.m', '--registry', 'zookeper://x'], 'unknown scheme zookeper'],
    [['a.S.m', '--registry', 'static://a:1', '--address', 'a:1'], 'not both'],
    [['a.S.m', '--address', '127.0.0.1:1', '--timeout', 'soon'], 'write 500ms, 2s or 1m'],
    [['a.S.m', '--address', '127.0.0.1:1', '--metadata', 'x'], 'write key=value'],
  ])('wrong usage: %j', async (args, says) => {
    const { code, err } = await invoke(...args)
    expect(code).toBe(2)
    expect(err).toContain(says)
  })
})

test('--describe prints the contract, whole or what one method needs', async () => {
  const whole = await at('TicketService', '--describe')
  expect(whole.code).toBe(0)
  expect(whole.out).toContain('  /** @throws {SoldOut} */\n  book(request: BookRequest): Promise<Booking>\n')
  expect(whole.out).toContain('interface SoldOut extends Error {')
  const one = await at('TicketService.cancel', '--describe')
  expect(one.out).toContain('interface OrderNotFound extends Error {\n  orderNumber: bigint\n}')
  expect(one.out).not.toContain('SoldOut')
  expect(JSON.parse((await at('TicketService', '--describe', '--json')).out)).toMatchObject({
    name: 'com.miao.server.TicketService',
  })
})
