import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createClient, openRegistry, type RpcError } from 'tsubo'
import { expect, test } from 'vitest'
import { SeatClass, TicketServiceClient } from '../../generated/ticket.js'
import { root } from '../support/child.js'
import { sleep, until } from '../support/network.js'
import { describeWithRealZooKeeper } from '../support/zookeeper/suite.js'

const flags = ['--conditions=@tsubo/source', '--import', 'tsx', 'examples/ticket/provider.ts', '--port', '0']

/** A provider in a process of its own, once it has said that it is ready. */
async function startProvider(...args: string[]) {
  const child = spawn(process.execPath, [...flags, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  }
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal)),
  )
  await until(() => printed.includes('is ready') || child.exitCode !== null, 10_000)
  return { child, ended, printed: () => printed }
}

describeWithRealZooKeeper('a provider that is told to end', (zooKeeper) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    test(`by ${signal} finishes its calls and loses none`, { timeout: 40_000 }, async () => {
      const address = `zookeeper://${zooKeeper}/end-${randomUUID()}`
      const args = ['--registry', address, '--think', '20', '--log']
      const [first, second] = await Promise.all([startProvider(...args), startProvider(...args)])
      const registry = openRegistry(address)
      const client = createClient({ registry })
      const tickets = new TicketServiceClient(client)

      // `book` is not idempotent: it is tried again only where no handler has seen it.
      const failed: RpcError[] = []
      let booked = 0
      let going = true
      const load = Promise.all(
        Array.from({ length: 40 }, async () => {
          while (going) {
            const passengers = [{ name: '林喵', bornOn: new Date(0) }]
            const request = { train: 'G1024', seatClass: SeatClass.Second, passengers, contact: { phone: '110' } }
            await tickets.book(request, { timeoutMs: 5000 }).then(
              () => booked++,
              (error: RpcError) => failed.push(error),
            )
          }
        }),
      )
      await until(() => booked > 200, 10_000)
      first.child.kill(signal)
      expect(await first.ended).toBe(0)
      const before = booked
      await until(() => booked > before + 200, 10_000)
      going = false
      await load
      expect(failed).toEqual([])
      // Every booking was made once.
      const logged = [first, second].map(({ printed }) => printed().match(/^booked /gm)?.length ?? 0)
      expect(logged[0]).toBeGreaterThan(0)
      await until(() => second.printed().match(/^booked /gm)?.length === booked - (logged[0] as number))

      second.child.kill(signal)
      expect(await second.ended).toBe(0)
      await client.close()
      await registry.close()
    })

  test('ends at once when it is told a second time', async () => {
    const stuck = await startProvider('--registry', `zookeeper://${zooKeeper}/end-${randomUUID()}`, '--think', '60000')
    const port = /tsubo:\/\/127\.0\.0\.1:(\d+)/.exec(stuck.printed())?.[1]
    const registry = openRegistry(`static://127.0.0.1:${port}`)
    const client = createClient({ registry })
    const call = new TicketServiceClient(client).search({ from: 'a', to: 'b', classes: [] }, { timeoutMs: 60_000 })
    const lost = call.catch((error: RpcError) => error.code)
    await until(() => client.counts.attempts.size > 0)
    await sleep(200)
    stuck.child.kill('SIGTERM')
    await sleep(300)
    expect(stuck.child.exitCode).toBe(null)
    stuck.child.kill('SIGTERM')
    expect(await stuck.ended).toBe('SIGTERM')
    await client.close(0)
    expect(await lost).toMatch(/unavailable|cancelled/)
    await registry.close()
  }, 20_000)
})
