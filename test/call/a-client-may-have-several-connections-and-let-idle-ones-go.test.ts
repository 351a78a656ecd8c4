import { afterEach, expect, test } from 'vitest'
import { framed } from '../../runtime/protocol/framed.js'
import type { Protocol } from '../../runtime/protocol/protocol.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, connectTo, failure, provide, sleep, until } from '../support/network.js'

afterEach(closeAll)

/** A provider that answers with the caller's port, and knows its connections. */
async function provideCounting() {
  const protocol = framed()
  const live = new Set<unknown>()
  let accepted = 0
  const counting: Protocol = {
    ...protocol,
    accept(socket, head, host, peer) {
      accepted++
      live.add(socket)
      socket.once('close', () => live.delete(socket))
      return protocol.accept(socket, head, host, peer)
    },
  }
  const service = new Echo(async (value, call) => {
    await sleep(Number(value) || 0)
    return String(call.peer?.port)
  })
  const { bound } = await provide([service], { protocols: [counting] })
  return { port: bound.port, accepted: () => accepted, live: () => live.size, service }
}

test('no socket before the first call, however many are wanted, and one for all services then', async () => {
  const provider = await provideCounting()
  const target = connectTo([provider.port])
  const client = new EchoServiceClient(target)
  const stream = client.count('1')
  await sleep(30)
  expect(provider.accepted()).toBe(0)
  await client.echo('0')
  for await (const _item of stream) break
  await failure(new EchoServiceClient(target, { group: 'nobody' }).echo('0'))
  expect(provider.accepted()).toBe(1)
})

test('calls take turns between the connections, and close ends them all', async () => {
  const provider = await provideCounting()
  const target = connectTo([provider.port], { connectionsPerAddress: 3 })
  const client = new EchoServiceClient(target)
  const ports = await Promise.all(Array.from({ length: 30 }, () => client.echo('0')))
  const share = ports.map((port) => ports.filter((other) => other === port).length)
  expect(new Set(ports).size).toBe(3)
  expect(new Set(share)).toEqual(new Set([10]))
  expect(target.counts.attempts.get(`127.0.0.1:${provider.port}`)).toBe(30)
  await target.close()
  await until(() => provider.live() === 0)
})

test.each([0, 1.5, -1, Number.NaN])('connectionsPerAddress: %s is refused', (connectionsPerAddress) => {
  expect(() => connectTo([1], { connectionsPerAddress })).toThrow(RangeError)
})

test('an idle connection is closed in good order and comes back with the next call', async () => {
  const provider = await provideCounting()
  const client = new EchoServiceClient(connectTo([provider.port], { idleLimitMs: 80 }))
  await client.book('0')
  expect(provider.live()).toBe(1)
  await until(() => provider.live() === 0, 1000)
  // Not retryable by itself: it must go out at the first try.
  await client.book('0')
  expect(provider.accepted()).toBe(2)
})

test('calls keep it, however long they take or wide apart they are', async () => {
  const provider = await provideCounting()
  const client = new EchoServiceClient(connectTo([provider.port], { idleLimitMs: 250 }))
  for (let i = 0; i < 8; i++) {
    await client.book('0')
    await sleep(50)
  }
  await client.book('300', { timeoutMs: 2000 })
  for (let i = 0; i < 8; i++) {
    await client.note('one-way')
    await sleep(50)
  }
  expect(provider.accepted()).toBe(1)
  expect(provider.service.notes).toHaveLength(8)
})

test('a call that comes while the old socket goes has a new one', async () => {
  const provider = await provideCounting()
  const client = new EchoServiceClient(connectTo([provider.port], { idleLimitMs: 20 }))
  const failed: unknown[] = []
  for (let i = 0; i < 60; i++) {
    await client.book('0').catch((error) => failed.push(error))
    await sleep(15 + (i % 10))
  }
  expect(failed).toEqual([])
})

test('a closed client stays closed', async () => {
  const provider = await provideCounting()
  const target = connectTo([provider.port], { idleLimitMs: 30 })
  const client = new EchoServiceClient(target)
  await client.book('0')
  await target.close()
  await sleep(80)
  expect((await failure(client.book('0'))).code).toBe('cancelled')
  expect(provider.live()).toBe(0)
})
