import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc, { type Arbitrary } from 'fast-check'
import { createClient, createServer, openRegistry, RpcError } from 'tsubo'
import { describe, expect, it } from 'vitest'
import { patternProblem } from '../../generator/pattern.js'
import { brokenRule } from '../../runtime/schema/constraint.js'
import { formats } from '../../runtime/schema/format.js'
import { checkOrder } from '../golden/constraints/expected/shop.check.js'
import { shopCodecs } from '../golden/constraints/expected/shop.codec.js'
import { type Order, ShopClient, ShopSkeleton } from '../golden/constraints/expected/shop.js'
import { ShopSchema } from '../golden/constraints/expected/shop.schema.js'
import { bytesOf, readBack } from './bytes.js'

class Shop extends ShopSkeleton {
  order = () => 'ordered'
  find = () => []
  ping = (_note: string, plain: { text: string }) => plain
  upload = async (_name: string, parts: AsyncIterable<Uint8Array>) => {
    for await (const _ of parts);
  }
  pay = () => {}
}

const line = { weight: 1, count: 1n }
const order: Order = {
  number: 'AB-1',
  lines: [line],
  mail: null,
  flags: new Set(),
  prices: new Map(),
  notes: {},
  to: { street: 'x', hostile: '`$\u007bi}</script>' },
  place: ['x', line],
}

describe('a server refuses arguments that break a constraint, with the path', () => {
  const calls: [string, (shop: ShopClient) => Promise<unknown>, string | undefined][] = [
    ['nothing', (shop) => shop.order(order), undefined],
    ['a text', (shop) => shop.order({ ...order, number: 'ab' }), 'order.number: text that matches ^[A-Z]{2}-\\d+$'],
    [
      'a nested one',
      (shop) => shop.order({ ...order, lines: [line, { ...line, weight: 100 }] }),
      'order.lines[1].weight: at most 99.5',
    ],
    [
      'NaN',
      (shop) => shop.order({ ...order, lines: [{ ...line, weight: Number.NaN }] }),
      'order.lines[0].weight: at least 0.5',
    ],
    ['a list', (shop) => shop.order({ ...order, lines: [] }), 'order.lines: at least 1 item'],
    ['an item', (shop) => shop.order({ ...order, words: ['a', 'abcdef'] }), 'order.words[1]: at most 5 characters'],
    ['a nullable', (shop) => shop.order({ ...order, mail: 'nobody' }), 'order.mail: an e-mail address'],
    [
      'a map',
      (shop) => shop.order({ ...order, prices: new Map([['x', { ...line, count: 2n ** 60n }]]) }),
      'order.prices: value 1.count: at most 9007199254740991',
    ],
    [
      'another file',
      (shop) => shop.order({ ...order, to: { ...order.to, street: 'x'.repeat(41) } }),
      'order.to.street: at most 40 characters',
    ],
    [
      'recursion',
      (shop) => shop.order({ ...order, twin: { ...order, twin: { ...order, number: '' } } }),
      'order.twin.twin.number: text',
    ],
    [
      'a tuple',
      (shop) => shop.order({ ...order, place: ['x', line, { ...line, weight: 0 }] }),
      'order.place[2].weight: at least 0.5',
    ],
    ['a parameter', (shop) => shop.find('x', 1), 'text: at least 2 characters'],
    ['an optional one', (shop) => shop.find('xy', 1, 0), 'limit: at least 1'],
    ['one left out', (shop) => shop.find('xy', 1), undefined],
    ['a union', (shop) => shop.pay({ kind: 'card', last: '12345' }), 'by.last: text that matches'],
    ['its other member', (shop) => shop.pay({ kind: 'invoice' }), undefined],
  ]

  it.each(calls)('%s', async (_, call, message) => {
    const outcome = await call(new ShopClient(createServer({ services: [new Shop()] }))).catch(
      (error: unknown) => error,
    )
    if (message === undefined) return expect(outcome).not.toBeInstanceOf(Error)
    expect(outcome).toBeInstanceOf(RpcError)
    expect(outcome).toMatchObject({ code: 'invalid_argument' })
    expect((outcome as RpcError).message).toContain(`: ${message}`)
  })

  it('unless the server or the offer of the service says not to', async () => {
    const service = new Shop()
    const broken = { ...order, number: 'ab' }
    const options = [
      { services: [service], checkConstraints: false },
      { services: [{ service, checkConstraints: false }] },
      { services: [{ service, checkConstraints: true }], checkConstraints: false },
    ]
    const [whole, one, other] = options.map((given) => new ShopClient(createServer(given)).order(broken))
    expect(await whole).toBe('ordered')
    expect(await one).toBe('ordered')
    await expect(other).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  it('over a socket, streamed items too, and the connection lives', async () => {
    const registry = openRegistry('memory://constraints')
    const provider = await createServer({ services: [new Shop()] }).listen({ registry })
    const client = createClient({ registry })
    const shop = new ShopClient(client)
    await expect(shop.order({ ...order, lines: [] })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('golden.constraints.Shop/order: order.lines: at least 1 item') as string,
    })
    async function* parts() {
      yield new Uint8Array(16)
      yield new Uint8Array(17)
    }
    await expect(shop.upload('x', parts())).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('item: at most 16 bytes') as string,
    })
    expect(await shop.order(order)).toBe('ordered')
    await client.close()
    await provider.close()
    await registry.close()
  })
})

describe('generated checks', () => {
  it('say what the schema alone says, 2,000 values', () => {
    const text = fc.string({ maxLength: 6 })
    const mostly = <T>(right: T[], wrong: T[]) =>
      fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...right) }, fc.constantFrom(...wrong))
    const anyLine = fc.record({ weight: mostly([0.5, 1, 99.5], [0, 100]), count: mostly([1n], [2n ** 60n]) })
    const anyOrder: Arbitrary<Order> = fc.record({
      number: mostly(['AB-1', 'XY-123456'], ['ab', 'AB-12345678901']),
      lines: fc.oneof(
        { weight: 9, arbitrary: fc.array(anyLine, { minLength: 1, maxLength: 2 }) },
        fc.constant<Order['lines']>([]),
      ),
      mail: mostly([null, 'a@b.c'], ['x']),
      flags: fc.array(text, { maxLength: 3 }).map((items) => new Set(items)),
      prices: fc.array(fc.tuple(text, anyLine), { maxLength: 2 }).map((items) => new Map(items)),
      notes: fc.dictionary(text, text, { maxKeys: 3 }),
      to: mostly([order.to], [{ street: 'x'.repeat(41), hostile: '' }]),
      place: fc.tuple(text, anyLine),
    })
    const counts = { right: 0, broken: 0 }
    fc.assert(
      fc.property(anyOrder, (value) => {
        const field = { type: { kind: 'ref' as const, name: 'golden.constraints.Order' }, optional: false }
        const found = checkOrder(value)
        expect(found).toBe(brokenRule(ShopSchema, field, value, ''))
        counts[found === undefined ? 'right' : 'broken']++
      }),
      { numRuns: 2000 },
    )
    expect(counts.right).toBeGreaterThan(10)
    expect(counts.broken).toBeGreaterThan(10)
  })

  it('cost nothing where there are no tags', () => {
    const text = readFileSync(join(import.meta.dirname, '../golden/constraints/expected/shop.codec.ts'), 'utf8')
    expect(text.match(/^ {6}check\w*: /gm)).toHaveLength(4)
    expect(text).not.toContain('checkPlain')
  })

  it('are asked where arguments are read, not where they are written', () => {
    const shape = shopCodecs()[0]?.args
    if (!shape) throw new Error('no shape')
    const bytes = bytesOf(shape, [{ ...order, lines: [] }])
    expect(() => readBack(shape, bytes)).toThrow('order.lines: at least 1 item')
  })
})

describe('patterns', () => {
  it.each([
    '^[A-Z]{3}\\d+$',
    '^\\w+-\\w+$',
    '\\w+',
    '^[a-z0-9]+(?:-[a-z0-9]+)*$',
    '^[^@]+@[^@]+\\.[^@]+$',
    '^(?:a|b)*$',
    '^(?:G|D)\\d+(?:\\.\\d{2})?$',
    '^.*$',
  ])('%s is accepted, and quick on the worst texts', (source) => {
    expect(patternProblem(source, 1000)).toBeUndefined()
    const pattern = new RegExp(source, 'u')
    const began = performance.now()
    for (const part of ['a', 'A', '1', '-', '@', '.', 'a-', 'a@', 'a.', '1.', 'G', ' ']) {
      pattern.test(`${part.repeat(1000 / part.length)}!`)
      pattern.test(part.repeat(1000 / part.length))
    }
    expect(performance.now() - began).toBeLessThan(500)
  })

  it.each([
    '(a+)+$',
    '(a*)*',
    '(a|a)*b',
    '(\\w|\\d)*',
    '(?:a?){30}a{30}',
    'a?'.repeat(25) + 'a'.repeat(25),
    '(.*)*x',
    '(?:(?:a)*)*',
    '(x+x+)+y',
    '^.*a.*b.*c.*$',
    '(a)\\1',
    '(?=a)b',
    '(?<!a)b',
    '(?<n>a)\\k<n>',
    '[',
    '',
    'x'.repeat(201),
  ])('%s is refused', (source) => {
    expect(patternProblem(source, 1000)).toBeDefined()
  })

  it('formats are quick on long texts', () => {
    const began = performance.now()
    for (const { pattern } of Object.values(formats)) {
      for (const part of ['a', 'a.', 'a-', '1', '1.', ':', '1:', 'a@', '%', '0']) {
        pattern.test(`${part.repeat(50_000)}\u0000`)
        pattern.test(`x@${part.repeat(50_000)}!`)
      }
    }
    expect(performance.now() - began).toBeLessThan(2000)
  })

  it.each([
    ['email', ['a@b.c', 'first.last+tag@example.com'], ['a', 'a@', '@b', 'a b@c.d', 'a@-b.c']],
    ['uri', ['https://example.com/a?b#c', 'urn:isbn:1'], ['example.com', 'http:', 'http://a b']],
    ['uuid', ['123e4567-e89b-12d3-a456-426614174000'], ['123e4567e89b12d3a456426614174000', '']],
    [
      'date',
      ['2026-11-22', '2024-02-29', '2000-02-29'],
      ['2026-02-29', '1900-02-29', '2026-13-01', '2026-04-31', '26-1-1'],
    ],
    ['hostname', ['localhost', 'a.b-c.example'], ['-a', 'a..b', 'a_b', `${'a'.repeat(64)}.b`, `${'a.'.repeat(127)}aa`]],
    ['ipv4', ['127.0.0.1', '255.255.255.255'], ['256.0.0.1', '1.2.3', '01.2.3.4']],
    [
      'ipv6',
      ['::', '::1', '2001:db8::8a2e:370:7334', '1:2:3:4:5:6:7:8'],
      ['1::2::3', '1:2:3', '12345::', '1:2:3:4:5:6:7:8:9'],
    ],
  ] as const)('format %s', (name, good, bad) => {
    for (const text of good) expect(formats[name]?.pattern.test(text), text).toBe(true)
    for (const text of bad) expect(formats[name]?.pattern.test(text), text).toBe(false)
  })
})
