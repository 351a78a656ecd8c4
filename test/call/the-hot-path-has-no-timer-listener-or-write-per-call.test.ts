import { createHook } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { closeAll, echoClient, provideEcho } from '../support/network.js'

afterEach(() => {
  vi.restoreAllMocks()
  return closeAll()
})

test('10,000 calls make no timer and no listener of their own', async () => {
  const { bound } = await provideEcho()
  const client = echoClient([bound.port])
  await client.echo('warm')
  const made = new Map<string, number>()
  const hook = createHook({ init: (_id, type) => void made.set(type, (made.get(type) ?? 0) + 1) }).enable()
  const listeners = vi.spyOn(EventEmitter.prototype, 'on')
  const eventTargets = vi.spyOn(EventTarget.prototype, 'addEventListener')
  for (let i = 0; i < 100; i++) await Promise.all(Array.from({ length: 100 }, () => client.echo('x')))
  hook.disable()
  // The one wheel timer may be set again every bucket (5 ms) at most; the calls took far less than 250 of them.
  expect(made.get('Timeout') ?? 0).toBeLessThan(250)
  expect(made.get('Immediate') ?? 0).toBe(0)
  expect(listeners.mock.calls.length).toBeLessThan(50)
  expect(eventTargets.mock.calls.length).toBe(0)
  // A promise for each call, one for each `await` and `Promise.all` around it: none in between.
  expect(made.get('PROMISE') ?? 0).toBeLessThan(10_000 * 3)
})

test('64 calls of one turn go out in at most 8 writes, and their replies come back in as few', async () => {
  const { bound } = await provideEcho()
  const client = echoClient([bound.port])
  await client.echo('warm')
  const writes = new Map<number | undefined, number>()
  const write = vi.spyOn(Socket.prototype, 'write').mockImplementation(function (this: Socket, ...args) {
    const side = this.remotePort === bound.port ? 0 : 1
    writes.set(side, (writes.get(side) ?? 0) + 1)
    return original.apply(this, args as never)
  })
  const original = Object.getPrototypeOf(Socket.prototype).write as Socket['write']
  expect(write).toBeDefined()
  const replies = await Promise.all(Array.from({ length: 64 }, (_, i) => client.echo(String(i))))
  expect(replies).toEqual(Array.from({ length: 64 }, (_, i) => String(i)))
  expect(writes.get(0)).toBeGreaterThan(0)
  expect(writes.get(0)).toBeLessThanOrEqual(8)
  expect(writes.get(1)).toBeLessThanOrEqual(8)
})
