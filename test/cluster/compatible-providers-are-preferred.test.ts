import { afterEach, beforeEach, expect, test } from 'vitest'
import { MetadataServiceSkeleton } from '../../generated/tsubo/metadata.js'
import type { Call, Interceptor } from '../../runtime/call.js'
import { type ClientOptions, createClient } from '../../runtime/client.js'
import { broadcast } from '../../runtime/cluster/broadcast.js'
import { failover } from '../../runtime/cluster/failover.js'
import { forking } from '../../runtime/cluster/forking.js'
import { memory } from '../../runtime/registry/memory.js'
import type { Registry } from '../../runtime/registry/registry.js'
import { schemaHash } from '../../runtime/schema/hash.js'
import type { MethodSchema, ServiceSchema } from '../../runtime/schema/schema.js'
import { createServer, type ServerOptions } from '../../runtime/server.js'
import { defineService, Stub, serviceOf } from '../../runtime/stub.js'
import { Echo, echoCodecs, echoSchema } from '../support/echo.js'
import { closeAll, closeLater, failure, until } from '../support/network.js'

let registry: Registry
let warnings: string[]
const listen = (warning: Error & { code?: string }) => {
  if (warning.code === 'TSUBO_INCOMPATIBLE') warnings.push(warning.message)
}
beforeEach((context) => {
  registry = memory(`compatible-${context.task.id}`)
  warnings = []
  process.on('warning', listen)
})
afterEach(async () => {
  await closeAll()
  await registry.close()
  process.off('warning', listen)
})

/** The echo service as another version has it. `change` is applied to the method `echo` alone. */
function version(change: (method: MethodSchema) => MethodSchema = (m) => m): ServiceSchema {
  const methods = echoSchema.methods.map((m) => (m.name === 'echo' ? change(m) : m))
  const schema = { ...echoSchema, methods }
  return { ...schema, hash: schemaHash(schema) }
}
const renumbered = (to: number) =>
  version((m) => ({ ...m, params: m.params.map((param) => ({ ...param, number: to })) }))
const needsMore = version((m) => {
  const added = { name: 'added', number: 2, type: { kind: 'scalar', scalar: 'string' }, optional: false } as const
  return { ...m, params: [...m.params, added] }
})

interface Provided {
  /** Methods that were called, those of the metadata service too. */
  readonly called: string[]
}

async function provider(schema: ServiceSchema, options: Partial<ServerOptions> = {}): Promise<Provided> {
  const called: string[] = []
  const count: Interceptor = (next) => (call: Call) => {
    called.push(call.method.schema.name)
    return next(call)
  }
  const echo = new Echo()
  Object.defineProperty(echo, serviceOf, { value: defineService(schema, echoCodecs) })
  const { services = [], ...rest } = options
  const running = await createServer({ ...rest, services: [echo, ...services], interceptors: [count] }).listen({
    registry,
  })
  closeLater(() => running.close(0))
  return { called }
}

function consumer(options: Partial<ClientOptions> = {}) {
  const client = createClient({ registry, ...options })
  closeLater(() => client.close(0))
  const stub = new Stub(defineService(version(), echoCodecs), client)
  return {
    echo: (text: string) => stub.call(0, [text], undefined),
    book: (text: string) => stub.call(1, [text], undefined),
  }
}

const times = async (count: number, call: (text: string) => Promise<unknown>) => {
  for (let i = 0; i < count; i++) expect(await call(String(i))).toBe(String(i))
}

test('calls of the method that differs go to the others, and what differs is said once', async () => {
  const [fits, other] = await Promise.all([provider(version()), provider(renumbered(9))])
  const { echo, book } = consumer()
  // The first call may go to either; it is the next one after the answer that prefers.
  while (warnings.length === 0) await echo('first')
  const before = other.called.length
  await times(50, echo)
  expect(other.called.length).toBe(before)
  expect(fits.called.filter((name) => name === 'echo').length).toBeGreaterThan(49)
  expect(warnings).toEqual([
    expect.stringMatching(
      /^test\.EchoService\/echo: others are preferred to the provider at tsubo:\/\/127\.0\.0\.1:\d+ \(test\.EchoService\/echo\(text\): its number was 1 and is 9; caller against provider\)$/,
    ),
  ])
  // Its other methods are the same, so both are called.
  await times(50, book)
  expect(other.called).toContain('book')
  // One question for one contract.
  expect(other.called.filter((name) => name === 'schema')).toHaveLength(1)
})

test('with none left it is called all the same, loudly; what would be misread is refused by the provider', async () => {
  const more = await provider(needsMore)
  const { echo } = consumer()
  await times(5, echo)
  await until(() => warnings.length > 0)
  expect(warnings).toEqual([expect.stringMatching(/is called though no provider .*added is new and required/)])
  expect(more.called).toContain('echo')
})

test('a wire that breaks is failed_precondition, naming the field, whatever was preferred', async () => {
  const other = await provider(renumbered(7))
  const { echo, book } = consumer()
  expect(await failure(echo('x'))).toMatchObject({
    code: 'failed_precondition',
    message: expect.stringContaining('its number was 1 and is 7'),
  })
  expect(await book('y')).toBe('y')
  expect(other.called).not.toContain('echo')
})

test('refuse: no call reaches one that does not fit, not even the first', async () => {
  const other = await provider(needsMore)
  const { echo, book } = consumer({ onIncompatible: 'refuse' })
  const errors = await Promise.all([failure(echo('a')), failure(echo('b'))])
  for (const error of errors) {
    expect(error).toMatchObject({
      code: 'failed_precondition',
      details: { path: 'test.EchoService/echo(added)', kind: 'field-added' },
      message: expect.stringContaining('has a contract that its caller can use'),
    })
  }
  expect(await book('y')).toBe('y')
  expect(other.called).not.toContain('echo')
  // One that fits appears, and is called.
  await provider(version())
  expect(await echo('z')).toBe('z')
})

test('refuse: whatever the policy, a first call waits until it is known that a provider fits', async () => {
  const more = version((m) => {
    const added = { name: 'added', number: 2, type: { kind: 'scalar', scalar: 'string' }, optional: true } as const
    return { ...m, params: [...m.params, added] }
  })
  await provider(more)
  for (const policy of [failover(), broadcast(), forking()]) {
    expect(await consumer({ onIncompatible: 'refuse', policy }).echo('first')).toBe('first')
  }
})

test('ignore: nothing is asked, nothing is said', async () => {
  const other = await provider(needsMore)
  await times(5, consumer({ onIncompatible: 'ignore' }).echo)
  expect(other.called).not.toContain('schema')
  expect(warnings).toEqual([])
})

test('ten providers of one other contract are asked once together', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => provider(renumbered(3))))
  await provider(version())
  const { echo } = consumer()
  while (warnings.length === 0) await echo('first').catch(() => {})
  await times(30, echo)
  expect(all.flatMap(({ called }) => called).filter((name) => name === 'schema')).toHaveLength(1)
})

test('a provider that tells no contract is called as ever', async () => {
  const silent = await provider(needsMore, { metadata: false })
  const { echo } = consumer()
  await times(20, echo)
  expect(silent.called.filter((name) => name === 'echo')).toHaveLength(20)
  expect(warnings).toEqual([])
  await times(5, consumer({ onIncompatible: 'refuse' }).echo)
})

/** Tells whatever a test makes it tell. */
class Liar extends MetadataServiceSkeleton {
  readonly #schema: () => string | Promise<string>
  constructor(schema: () => string | Promise<string>) {
    super()
    this.#schema = schema
  }
  services() {
    return []
  }
  schema() {
    return this.#schema()
  }
  contract() {
    return []
  }
}

test.each([
  ['nonsense', () => 'nonsense', /its text is no JSON/],
  ['another contract', () => JSON.stringify(renumbered(5)), /it is not the one it registered/],
  ['no contract', () => '{"schemaVersion":1,"name":"__proto__"}', /name is "__proto__"/],
  ['another service', () => JSON.stringify({ ...version(), name: 'a.B' }), /it is of a\.B/],
  ['too much', () => ' '.repeat(3_000_000), /more than 2097152 characters/],
])('a provider that lies, telling %s, is called as ever, and that is said', async (_, schema, says) => {
  await provider(needsMore, { services: [new Liar(schema)] })
  const { echo } = consumer()
  await times(5, echo)
  await until(() => warnings.length > 0)
  expect(warnings).toEqual([expect.stringMatching(says)])
  await times(5, echo)
  expect(warnings).toHaveLength(1)
})

test('one that never answers holds nobody up', async () => {
  const hanging = await provider(needsMore, { services: [new Liar(() => new Promise(() => {}))] })
  const { echo } = consumer()
  await times(10, echo)
  expect(hanging.called.filter((name) => name === 'schema')).toHaveLength(1)
})
