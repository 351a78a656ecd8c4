// Not the global one: that is a getter, which for the fastest peers costs more than the clock.
import { performance } from 'node:perf_hooks'
import { type Item, isPage, isPayload, isSame, items, payload, payloadBytes } from './messages.js'
import { Meter } from './meter.js'
import type { Bench, CallBench, PeerClient, RawClient } from './peers/peer.js'

/** One window as the client's process saw it. */
export interface Load {
  /** Calls, or items of a stream. */
  readonly calls: number
  readonly elapsedMs: number
  /** 0 for streams. */
  readonly p50Us: number
  readonly p99Us: number
  readonly cpuUs: number
}

/** One window as both sides saw it. */
export interface Window extends Load {
  readonly serverCpuUs: number
  /** Share of the machine that other processes took meanwhile. */
  readonly foreign: number
  /** What a fixed piece of work took on the two cores right before and behind it, microseconds (`pace.ts`). */
  readonly paceUs: number
}

/**
 * A closed loop: `inFlight` lanes, each with one call at a time, until `forMs` are over and every call is answered. A
 * wrong reply rejects. With streams it is one of `count` items.
 */
export async function run(
  client: PeerClient | RawClient,
  bench: Bench,
  inFlight: number,
  forMs: number,
  count: number,
): Promise<Load> {
  const meter = new Meter()
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  let calls: number | undefined
  if (bench === 'stream') calls = await takeStream(client as PeerClient, count)
  else if (bench === 'stream-each') calls = await takeEach(client as PeerClient, count)
  else if ('loop' in client) await client.loop(bench, inFlight, startedAt + forMs, meter)
  else await callLoop(client, bench, inFlight, startedAt + forMs, meter)
  const elapsedMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpuBefore)
  return {
    calls: calls ?? meter.calls,
    elapsedMs,
    p50Us: meter.percentile(0.5),
    p99Us: meter.percentile(0.99),
    cpuUs: user + system,
  }
}

async function callLoop(
  client: PeerClient,
  bench: CallBench,
  inFlight: number,
  untilMs: number,
  meter: Meter,
): Promise<void> {
  const call = caller(client, bench)
  let turn = 0
  async function lane(): Promise<void> {
    let before = performance.now()
    while (before < untilMs) {
      const i = turn++ & 63
      const reply = await call.make(i)
      const after = performance.now()
      if (!call.check(reply, i)) throw new Error(`${bench}: a wrong reply: ${JSON.stringify(reply).slice(0, 200)}`)
      meter.add(after - before)
      before = after
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
}

/** One bench's way to call and to check: no decision between benches is left for the loop. */
function caller(
  client: PeerClient,
  bench: CallBench,
): { make(i: number): Promise<unknown>; check(reply: unknown, i: number): boolean } {
  const { small, medium, echo } = client
  if (bench === 'small' && small) {
    return {
      make: (i) => small(items[i]!),
      check: (reply, i) => isSame(reply as Parameters<typeof isSame>[0], items[i]!),
    }
  }
  if (bench === 'medium' && medium) {
    return {
      make: (i) => medium(items[i]!),
      check: (reply, i) => isPage(reply as Parameters<typeof isPage>[0], items[i]!),
    }
  }
  if (bench === 'echo1m' && echo) {
    return {
      make: () => echo(payload),
      check: (reply) => (reply as Uint8Array).length === payloadBytes && isPayload(reply as Uint8Array),
    }
  }
  throw new Error(`this peer has no ${bench}`)
}

async function takeStream(client: PeerClient, count: number): Promise<number> {
  if (!client.batches) return takeEach(client, count)
  let n = 0
  for await (const batch of client.batches(count)) for (const item of batch) checkItem(item, n++)
  return checkEnd(n, count)
}

async function takeEach(client: PeerClient, count: number): Promise<number> {
  if (!client.items) throw new Error('this peer has no stream')
  let n = 0
  for await (const item of client.items(count)) checkItem(item, n++)
  return checkEnd(n, count)
}

function checkItem({ id, name }: Item, n: number): void {
  if (id !== n || name !== items[n & 63]!.name) throw new Error(`stream: item ${n} came as ${id}`)
}

function checkEnd(n: number, count: number): number {
  if (n !== count) throw new Error(`stream: ${n} items came of ${count}`)
  return n
}
