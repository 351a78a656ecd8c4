import { once } from 'node:events'
import net from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Framing } from '../../runtime/protocol/framing.js'
import { type Beating, Heart } from '../../runtime/protocol/heart.js'
import { Link } from '../../runtime/protocol/link.js'
import { defaultConnectionOptions } from '../../runtime/protocol/protocol.js'
import { native } from '../../runtime/wire/native.js'

class Idle implements Beating {
  nextBeating: Beating | undefined
  previousBeating: Beating | undefined
  beats = 0
  onBeat = () => {}

  beat(): void {
    this.beats++
    this.onBeat()
  }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('each beats once in an interval, and not all in the same turn', () => {
  const heart = new Heart(1000)
  const links = Array.from({ length: 1000 }, () => new Idle())
  for (const link of links) heart.add(link)
  const beats = () => links.reduce((sum, link) => sum + link.beats, 0)
  let before = 0
  for (let at = 10; at <= 3500; at += 10) {
    vi.advanceTimersByTime(10)
    expect(beats() - before).toBeLessThanOrEqual(256)
    before = beats()
    // A round begins with each second, and takes less than half of it.
    if (at % 1000 === 500) expect(before).toBe(at - 500)
  }
})

test('few beat together, once in an interval', () => {
  for (const everyMs of [10, 60, 20_000]) {
    const heart = new Heart(everyMs)
    const links = [new Idle(), new Idle()]
    for (const link of links) heart.add(link)
    vi.advanceTimersByTime(9 * everyMs)
    // Nothing else wakes the process.
    vi.advanceTimersToNextTimer()
    expect(links.map(({ beats }) => beats)).toEqual([10, 10])
    for (const link of links) heart.remove(link)
    expect(vi.getTimerCount()).toBe(0)
  }
})

test('who is removed beats no more, also in the middle of a beat; without anybody there is no timer', () => {
  const heart = new Heart(40)
  const links = Array.from({ length: 3 }, () => new Idle())
  for (const link of links) heart.add(link)
  const [first, second, third] = links as [Idle, Idle, Idle]
  first.onBeat = () => heart.remove(first)
  second.onBeat = () => heart.remove(third)
  vi.advanceTimersByTime(120)
  expect(links.map(({ beats }) => beats)).toEqual([1, 3, 0])
  heart.remove(first)
  expect(vi.getTimerCount()).toBe(1)
  heart.remove(second)
  expect(vi.getTimerCount()).toBe(0)
})

test('all may go while a round is under way, and others come', () => {
  const heart = new Heart(1000)
  const links = Array.from({ length: 600 }, () => new Idle())
  for (const link of links) heart.add(link)
  vi.advanceTimersByTime(1000)
  expect(links.filter(({ beats }) => beats === 1)).toHaveLength(256)
  for (const link of links) heart.remove(link)
  const late = new Idle()
  heart.add(late)
  vi.advanceTimersByTime(1000)
  expect(links.filter(({ beats }) => beats === 1)).toHaveLength(256)
  expect(late.beats).toBe(1)
  heart.remove(late)
  vi.advanceTimersByTime(1000)
  expect(vi.getTimerCount()).toBe(0)
})

test('a ping has left when the beat is over: the next one needs no slab of its own', async () => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  const link = new Link(socket, new Framing(native, defaultConnectionOptions), { frame() {}, closed() {} })
  link.outbox.open(socket)
  // The first one finds that it was heard: it has just connected.
  link.beat(20_000)
  expect(socket.bytesWritten).toBe(0)
  link.beat(20_000)
  expect(socket.bytesWritten).toBe(16)
  expect(link.outbox.waitingBytes).toBe(0)
  socket.destroy()
  server.close()
})
