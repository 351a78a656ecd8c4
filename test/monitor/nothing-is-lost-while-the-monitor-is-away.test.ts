import { expect, onTestFinished, test, vi } from 'vitest'
import type { CountReport, MethodCount } from '../../generated/tsubo/monitor.js'
import { Call, type Invocable } from '../../runtime/call.js'
import { createClient } from '../../runtime/client.js'
import { defineService } from '../../runtime/codegen.js'
import { RpcError } from '../../runtime/error.js'
import type { Method } from '../../runtime/method.js'
import { memory } from '../../runtime/registry/memory.js'
import { createServer, type Server } from '../../runtime/server.js'
import { serviceKey } from '../../runtime/service-key.js'
import { Echo, EchoServiceClient, echoCodecs, echoSchema } from '../support/echo.js'
import { usedBytes } from '../support/memory.js'
import { temporaryStore } from '../support/monitor.js'

/** A server that is called without end and reports every 10 ms to `monitor`. */
async function busyServer(monitor: (report: CountReport) => Promise<void>) {
  const through: Invocable = { invoke: (call: Call) => monitor(call.args[0] as CountReport) }
  const server: Server = createServer({ services: [new Echo((value) => value)], monitor: { intervalMs: 10, through } })
  const running = await server.listen({ host: '127.0.0.1' })
  const echo = new EchoServiceClient(server)
  const timer = setInterval(() => void echo.echo('x'), 2)
  onTestFinished(() => clearInterval(timer))
  return {
    /** Ends the calls and closes; returns how many there were. */
    async end(): Promise<number> {
      clearInterval(timer)
      await running.close()
      return server.counts.of('test.EchoService', 'echo')?.calls ?? 0
    },
  }
}

const away = () => Promise.reject(new RpcError('unavailable', 'no monitor'))

function callsOf(report: CountReport): number {
  return report.periods.flatMap(({ counts }) => counts).reduce((sum, { calls }) => sum + calls, 0)
}

test('away for more than 60 minutes: what was counted waits, the oldest minutes become one, and all of it comes', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warned.mockRestore())
  const tried: CountReport[] = []
  const taken: CountReport[] = []
  let there = false
  const server = await busyServer(async (report) => {
    tried.push(report)
    if (!there) return away()
    taken.push(report)
  })
  const began = performance.now()
  await vi.waitFor(() => expect(performance.now() - began).toBeGreaterThan(1500), { timeout: 5000 })
  there = true
  const calls = await server.end()
  expect(taken.reduce((sum, report) => sum + callsOf(report), 0)).toBe(calls)
  expect(taken.map(({ sequence }) => sequence)).toEqual(taken.map((_, i) => i + 1))
  // What was sent once is sent again as it was.
  expect(callsOf(tried[0] as CountReport)).toBe(callsOf(taken[0] as CountReport))
  expect(tried.length).toBeGreaterThan(taken.length)
  const kept = taken.slice(1).flatMap(({ periods }) => periods)
  expect(kept.length).toBeLessThanOrEqual(61)
  // In the order of time, by how long ago they were.
  const ages = taken.flatMap(({ periods }) => periods.map(({ agoMs }) => agoMs))
  expect(Math.max(...ages)).toBe(ages[0])
  expect(warned).toHaveBeenCalledOnce()
  expect(warned.mock.calls[0]).toEqual([
    expect.stringContaining('counts wait for a monitor'),
    { code: 'TSUBO_MONITOR' },
  ])
})

/** A method of a service of its own name, as generated code has it. */
function methodNamed(name: string): Method {
  const [first] = echoSchema.methods as [(typeof echoSchema.methods)[0]]
  const schema = { ...echoSchema, name: 'test.Many', methods: [{ ...first, name }] }
  return defineService(schema, [echoCodecs[0]]).methods[0] as Method
}

test('away, and 700 methods are called: 20,000 of what was counted wait, in 11 MB, and come in reports of 5000', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warned.mockRestore())
  const taken: CountReport[] = []
  let there = false
  const through: Invocable = {
    async invoke(call: Call) {
      if (!there) return away()
      taken.push(structuredClone(call.args[0] as CountReport))
    },
  }
  const client = createClient({ registry: memory('many-methods'), monitor: { through } })
  const methods = Array.from({ length: 700 }, (_, i) => methodNamed(`m${i}`))
  const minutes = 50
  const callAll = async (minute: number) => {
    for (const method of methods) {
      const call = new Call(method, serviceKey(method.service.name), [], 1000, undefined, performance.now())
      client.counts.begin(call)
      call.answeredAt = call.startedAt + minute
      client.counts.end(call, minute % 2 === 0 ? new RpcError('aborted', 'no') : undefined)
    }
    await vi.advanceTimersByTimeAsync(60_000)
  }
  await callAll(1)
  const before = usedBytes()
  for (let minute = 2; minute <= minutes; minute++) await callAll(minute)
  const bytes = usedBytes() - before
  there = true
  await client.close()

  const sizes = taken.map(({ periods }) => periods.reduce((sum, { counts }) => sum + counts.length, 0))
  // What was tried first is that of the first minute; of the others, as many minutes as are within the bound.
  expect(sizes).toEqual([700, 5000, 5000, 5000, 4600])
  expect(bytes).toBeLessThan(11 * 2 ** 20)
  const counts = taken.flatMap(({ periods }) => periods.flatMap(({ counts }) => counts))
  for (const method of ['m0', 'm699']) {
    const own = counts.filter((each) => each.method === method)
    const sum = (of: (each: MethodCount) => number) => own.reduce((all, each) => all + of(each), 0)
    expect(sum(({ calls }) => calls)).toBe(minutes)
    expect(sum(({ failed }) => failed.aborted ?? 0)).toBe(minutes / 2)
    expect(sum(({ elapsedUs }) => elapsedUs)).toBe(((minutes * (minutes + 1)) / 2) * 1000)
    expect(Math.max(...own.map(({ maxElapsedUs }) => maxElapsedUs))).toBe(minutes * 1000)
  }
  expect(counts.reduce((sum, { calls }) => sum + calls, 0)).toBe(methods.length * minutes)
})

test('slow, and with answers that get lost: one report at a time, each of them counted once', async () => {
  const store = await temporaryStore()
  let turn = 0
  let atOnce = 0
  let most = 0
  const server = await busyServer(async (report) => {
    most = Math.max(most, ++atOnce)
    await new Promise((resolve) => setTimeout(resolve, 30))
    store.add(report, Date.now())
    atOnce--
    // It was counted, and the answer never came.
    if (turn++ % 3 === 0) throw new RpcError('deadline_exceeded', 'lost')
  })
  await vi.waitFor(() => expect(turn).toBeGreaterThan(12), { timeout: 10_000, interval: 20 })
  const calls = await server.end()
  expect(most).toBe(1)
  const { series } = store.query({ since: new Date(Date.now() - 120_000), stepSeconds: 0 }, Date.now() + 60_000)
  expect(series[0]?.points[0]?.calls).toBe(calls)
})

test('a report that the monitor refuses for good is given up, and said; what follows goes on', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warned.mockRestore())
  const sequences: number[] = []
  const server = await busyServer(async ({ sequence }) => {
    sequences.push(sequence)
    if (sequence === 2) throw new RpcError('invalid_argument', 'not like this')
  })
  await vi.waitFor(() => expect(sequences.length).toBeGreaterThan(4), { timeout: 5000 })
  await server.end()
  expect(sequences).toEqual(sequences.map((_, i) => i + 1))
  expect(warned).toHaveBeenCalledWith(expect.stringContaining('not like this'), { code: 'TSUBO_MONITOR' })
})

test('a server without a registry to find it in is told so when it listens', async () => {
  const server = createServer({ services: [new Echo((value) => value)], monitor: 'registry' })
  await expect(server.listen({ host: '127.0.0.1' })).rejects.toThrow('monitor: there is no registry to find it in')
})
