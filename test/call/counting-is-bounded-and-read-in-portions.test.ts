import { afterEach, expect, test, vi } from 'vitest'
import { Call } from '../../runtime/call.js'
import { failfast } from '../../runtime/cluster/failover.js'
import { hedging } from '../../runtime/cluster/hedging.js'
import { defineService } from '../../runtime/codegen.js'
import { RpcError } from '../../runtime/error.js'
import type { Method } from '../../runtime/method.js'
import { counts, type PeerCounts } from '../../runtime/observers/counts.js'
import { createServer } from '../../runtime/server.js'
import { serviceKey } from '../../runtime/service-key.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { usedBytes } from '../support/memory.js'
import { closeAll, closeLater, connectTo, failure, sleep } from '../support/network.js'

afterEach(closeAll)

const peer = (host: string) => ({ protocol: 'tsubo', host, port: 20880 })

function methodsOf(service: string, names: readonly string[]): readonly Method[] {
  const methods = names.map((name) => ({
    name,
    kind: 'unary' as const,
    params: [],
    body: 'args' as const,
    errors: ['test.Declared'],
    idempotent: false,
    oneway: false,
    tags: {},
  }))
  return defineService(
    { schemaVersion: 1, name: service, methods, types: {}, hash: '', tags: {} },
    methods.map(() => ({}) as never),
  ).methods
}

function take(
  observer: ReturnType<typeof counts>,
  method: Method,
  host: string,
  elapsedMs = 1,
  error?: RpcError,
): void {
  const call = new Call(method, serviceKey(method.service.name), [], 1000, undefined, 0)
  observer.begin(call)
  call.attempts++
  call.peer = peer(host)
  call.answeredAt = elapsedMs
  observer.attempt(call, call.peer)
  observer.end(call, error)
}

const sum = (all: readonly { readonly calls: number }[]) => all.reduce((calls, each) => calls + each.calls, 0)

test('the shortest call and the last one are known, whoever was called', () => {
  const observer = counts()
  const [method, unused] = methodsOf('test.Shortest', ['a', 'b']) as [Method, Method]
  observer.begin(new Call(unused, serviceKey(unused.service.name), [], 1000, undefined, 0))
  for (const [host, elapsedMs] of [
    ['a', 3],
    ['b', 1.0004],
    ['a', 2],
  ] as const)
    take(observer, method, host, elapsedMs)
  expect(observer.of('test.Shortest', 'a')).toMatchObject({ minElapsedMs: 1, lastElapsedMs: 2, maxElapsedMs: 3 })
  expect(observer.of('test.Shortest', 'b')).toMatchObject({ minElapsedMs: 0, lastElapsedMs: 0, maxElapsedMs: 0 })
})

test('every call is in exactly one portion of every reader, whatever became of its peer', () => {
  const observer = counts({ maxPeers: 3 })
  const [method] = methodsOf('test.Portions', ['a']) as [Method]
  take(observer, method, 'before')
  const [often, rarely] = [observer.reader(), observer.reader()]
  const seen: PeerCounts[] = []
  for (let i = 0; i < 100; i++) {
    take(observer, method, `10.0.0.${i % 10}`, 1 + i)
    if (i % 7 === 0) seen.push(...often.read())
  }
  seen.push(...often.read())
  const late = rarely.read()
  expect(sum(seen)).toBe(100)
  expect(sum(late)).toBe(100)
  expect(observer.of('test.Portions', 'a')).toMatchObject({ calls: 101, succeeded: 101, maxElapsedMs: 100 })
  expect(seen.reduce((ms, each) => ms + each.elapsedMs, 0)).toBe(5050)
  expect(Math.max(...late.map(({ maxElapsedMs }) => maxElapsedMs))).toBe(100)
  expect([...new Set(late.map((each) => each.peer))]).toContain('_OTHER')
  expect(often.read()).toEqual([])
})

test('maxima of a portion are those of its time', () => {
  const observer = counts()
  const [method] = methodsOf('test.Maxima', ['a']) as [Method]
  const reader = observer.reader()
  take(observer, method, 'x', 500)
  expect(reader.read()).toMatchObject([{ maxElapsedMs: 500, maxConcurrent: 1 }])
  take(observer, method, 'x', 20)
  expect(reader.read()).toMatchObject([{ calls: 1, maxElapsedMs: 20 }])
  expect(observer.of('test.Maxima', 'a')).toMatchObject({ calls: 2, maxElapsedMs: 500 })
})

test('10,000 methods and 1,000 peers take a bounded amount of memory, twice with a monitor, and no figure is lost', () => {
  const observer = counts()
  const reader = observer.reader()
  const methods = methodsOf(
    'test.Many',
    Array.from({ length: 11_000 }, (_, i) => `m${i}`),
  )
  const before = usedBytes()
  let calls = 0
  for (let i = 0; i < 11_000; i++) {
    for (let j = 0; j < 4; j++) {
      take(observer, methods[i]!, `10.1.${(i + 7 * j) % 12}.${(i * 31 + j) % 100}`)
      calls++
    }
  }
  // 30,001 series of 0.6 KiB, 10,001 methods.
  expect(usedBytes() - before).toBeLessThan(20 * 2 ** 20)
  expect(sum(reader.read())).toBe(calls)
  // What a monitor has had is kept beside them.
  expect(usedBytes() - before).toBeLessThan(40 * 2 ** 20)
  expect(observer.methods.length).toBe(10_001)
  expect(observer.peers.length).toBeLessThanOrEqual(20_000 + 10_001)
  expect(new Set(observer.peers.map((each) => each.peer)).size).toBeLessThanOrEqual(1001)
  expect(sum(observer.methods)).toBe(calls)
  expect(sum(observer.peers)).toBe(calls)
  expect(observer.of('_OTHER', '_OTHER')?.calls).toBe(4000)
})

test('peers that come and go make room for new ones, and nothing is counted twice', () => {
  let at = 1000
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => at)
  try {
    const observer = counts({ maxPeers: 2 })
    const [method] = methodsOf('test.Rolling', ['a']) as [Method]
    const [reader, late] = [observer.reader(), observer.reader()]
    const shares = (all: readonly PeerCounts[]) => all.map((each) => [each.peer, each.calls])
    for (const host of ['a', 'b', 'c']) take(observer, method, host)
    // The first look at them only notes who was heard of.
    const first = [
      ['a:20880', 1],
      ['b:20880', 1],
      ['_OTHER', 1],
    ]
    expect(shares(observer.peers)).toEqual(first)
    expect(shares(reader.read())).toEqual(first)
    at += 11_000
    for (const host of ['b', 'd']) take(observer, method, host)
    expect(shares(observer.peers).sort()).toEqual([
      ['_OTHER', 2],
      ['b:20880', 2],
      ['d:20880', 1],
    ])
    expect(shares(reader.read()).sort()).toEqual([
      ['b:20880', 1],
      ['d:20880', 1],
    ])
    expect(sum(late.read())).toBe(5)
    expect([...observer.attempts].sort()).toEqual(shares(observer.peers).sort())
  } finally {
    clock.mockRestore()
  }
})

test('names that come from outside make no series', async () => {
  const observer = counts()
  const [method] = methodsOf('test.Names', ['a']) as [Method]
  for (let i = 0; i < 100; i++) take(observer, method, 'x', 1, new RpcError('unknown', 'no', { type: `evil.E${i}` }))
  take(observer, method, 'x', 1, new RpcError('unknown', 'no', { type: 'test.Declared' }))
  expect([...(observer.of('test.Names', 'a')?.failed ?? [])]).toEqual([
    ['unknown', 100],
    ['test.Declared', 1],
  ])
})

test('a server counts what it refused before it was a call, under one name', async () => {
  const server = createServer({ services: [new Echo()] })
  const running = await server.listen({ host: '127.0.0.1' })
  closeLater(() => running.close(0))
  const client = connectTo([running.bound.port], { policy: failfast() })
  for (let i = 0; i < 20; i++) await failure(new EchoServiceClient(client, { version: `${i}` }).echo('x'))
  await new EchoServiceClient(client).echo('x')
  expect(server.counts.methods.map(({ service, method, calls }) => [service.name, method, calls])).toEqual([
    ['_OTHER', '_OTHER', 20],
    ['test.EchoService', 'echo', 1],
  ])
  expect([...(server.counts.of('_OTHER', '_OTHER')?.failed ?? [])]).toEqual([['unimplemented', 20]])
  expect(server.counts.peers.map((each) => each.peer)).toEqual(['127.0.0.1', '127.0.0.1'])
})

test('a hedge is told apart from a retry', async () => {
  const slow = createServer({ services: [new Echo((value) => sleep(200).then(() => value))] })
  const ports: number[] = []
  for (let i = 0; i < 2; i++) {
    const running = await slow.listen({ host: '127.0.0.1' })
    closeLater(() => running.close(0))
    ports.push(running.bound.port)
  }
  const client = connectTo(ports, { policy: hedging({ delayMs: 10 }) })
  await new EchoServiceClient(client).echo('x')
  expect(client.counts.of('test.EchoService', 'echo')).toMatchObject({ calls: 1, retried: 0, hedged: 1 })
})
