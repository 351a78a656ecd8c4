import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterEach, expect, test } from 'vitest'
import { SeatClass, TicketServiceClient } from '../../generated/ticket.js'
import { root } from '../support/child.js'
import { closeAll, closeLater, connectTo, until } from '../support/network.js'

afterEach(closeAll)

/** The tickets of examples/ticket give their orders numbers by the process. */
const firstOrder = 9_007_199_254_740_993n
const pidOf = (orderNumber: bigint): number => Number((orderNumber - firstOrder) / 1_000_000n)

/** `examples/ticket/cluster.ts`, as docs/serving.md starts it, at a free port. */
test('two workers share a port and both answer; one that is killed is replaced; a signal ends them all', async () => {
  const script = ['--conditions=@tsubo/source', '--import', 'tsx', 'examples/ticket/cluster.ts', '2', '0']
  const child = spawn(process.execPath, script, { cwd: root, env: { ...process.env, NODE_OPTIONS: '' } })
  const ended = once(child, 'exit')
  closeLater(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const workers: { pid: number; port: number }[] = []
  const others: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, pid, port] = /^worker (\d+) takes calls at port (\d+)$/.exec(line) ?? []
    if (pid) workers.push({ pid: Number(pid), port: Number(port) })
    else others.push(line)
  })
  createInterface({ input: child.stderr }).on('line', (line) => others.push(line))
  await until(() => workers.length === 2, 30_000)
  const [first, second] = workers as [{ pid: number; port: number }, { pid: number; port: number }]
  expect(second.port).toBe(first.port)

  const target = connectTo([first.port], { connectionsPerAddress: 4, timeoutMs: 10_000 })
  const client = new TicketServiceClient(target)
  /** Books until these have answered: who does is up to whoever took the connection. */
  const answered = async (pids: readonly number[]) => {
    const seen = new Set<number>()
    for (let i = 0; i < 1_000 && !pids.every((pid) => seen.has(pid)); i++) {
      const passengers = [{ name: 'miao', bornOn: new Date(0) }]
      const request = { train: 'G1024', seatClass: SeatClass.Second, passengers, contact: { phone: '1' } }
      const booking = await client.book(request).catch(() => undefined)
      if (booking) seen.add(pidOf(booking.orderNumber))
      else await client.getTicket().catch(() => {})
    }
    return seen
  }
  expect(await answered([first.pid, second.pid])).toEqual(new Set([first.pid, second.pid]))

  process.kill(first.pid, 'SIGKILL')
  await until(() => workers.length === 3, 30_000)
  const third = workers[2] as { pid: number; port: number }
  expect(third.port).toBe(first.port)
  // Its connections come back, and one of them meets the new one.
  const later = await answered([second.pid, third.pid])
  expect(later.has(second.pid) && later.has(third.pid)).toBe(true)

  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(others).toEqual([])
})
