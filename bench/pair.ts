import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { machineCpuUs } from './disturbance.js'
import type { Load, Window } from './load.js'
import type { Bench } from './peers/peer.js'
import type { Order } from './process.js'

/** A server and a client of one peer, in processes of their own. */
export interface Pair {
  readonly can: readonly Bench[]
  run(bench: Bench, inFlight: number, forMs: number, count?: number): Promise<Window>
  end(): Promise<void>
}

const script = fileURLToPath(new URL('process.js', import.meta.url))
const cores = availableParallelism()
/** The server has core 0 and the client core 1, where there are two and `taskset` is. */
export const pinned = cores > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0

/** How long a process may take over anything: a window, a start. Milliseconds. */
const patienceMs = 60_000

/** Flags for the processes' Node, e.g. `--cpu-prof`; for looking into a peer, not for measuring it. */
const nodeFlags = process.env.BENCH_NODE_FLAGS?.split(' ') ?? []

export async function startPair(peer: string): Promise<Pair> {
  const server = start(0, ['server', peer])
  try {
    const { port } = (await answer(server)) as { port: number }
    const client = start(1, ['client', peer, String(port)])
    try {
      const { can } = (await answer(client)) as { can: Bench[] }
      return pair(server, client, can)
    } catch (error) {
      client.kill('SIGKILL')
      throw error
    }
  } catch (error) {
    server.kill('SIGKILL')
    throw error
  }
}

/** A client of that peer alone, for servers that somebody else has started. */
export interface LoneClient {
  run(bench: Bench, inFlight: number, forMs: number): Promise<Load>
  end(): Promise<void>
}

export async function startClient(peer: string, port: number, core = 1): Promise<LoneClient> {
  const client = start(core, ['client', peer, String(port)])
  await answer(client)
  return {
    run: async (bench, inFlight, forMs) => (await ask(client, { do: 'run', bench, inFlight, forMs, count: 0 })) as Load,
    async end() {
      await ask(client, { do: 'end' }).catch(() => {})
      await stop(client)
    },
  }
}

function pair(server: ChildProcess, client: ChildProcess, can: readonly Bench[]): Pair {
  return {
    can,
    async run(bench, inFlight, forMs, count = 0) {
      const paceBefore = await paceOf(server, client)
      const serverBefore = (await ask(server, { do: 'cpu' })) as number
      const ownBefore = process.cpuUsage()
      const machineBefore = machineCpuUs()
      const startedAt = performance.now()
      const load = (await ask(client, { do: 'run', bench, inFlight, forMs, count })) as Load
      const elapsedUs = (performance.now() - startedAt) * 1000
      const machineAfter = machineCpuUs()
      const own = process.cpuUsage(ownBefore)
      const serverCpuUs = ((await ask(server, { do: 'cpu' })) as number) - serverBefore
      const used = machineBefore === undefined ? 0 : machineAfter! - machineBefore
      const paceUs = (paceBefore + (await paceOf(server, client))) / 2
      const foreignUs = used - load.cpuUs - serverCpuUs - own.user - own.system
      return { ...load, serverCpuUs, foreign: Math.max(0, foreignUs / (elapsedUs * cores)), paceUs }
    },
    async end() {
      await ask(client, { do: 'end' }).catch(() => {})
      await Promise.all([client, server].map(stop))
    },
  }
}

/** Of the cores of both, at the same time. */
async function paceOf(server: ChildProcess, client: ChildProcess): Promise<number> {
  const [first, second] = (await Promise.all([server, client].map((child) => ask(child, { do: 'pace' })))) as number[]
  return (first! + second!) / 2
}

function start(core: number, args: string[]): ChildProcess {
  const node = [process.execPath, ...nodeFlags, script, ...args]
  const [command = '', ...rest] = pinned ? ['taskset', '-c', String(core), ...node] : node
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

function ask(child: ChildProcess, order: Order): Promise<unknown> {
  child.send(order)
  return answer(child)
}

function answer(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void) => {
      clearTimeout(timer)
      child.off('message', onMessage).off('exit', onExit).off('error', reject)
      settle()
    }
    const onMessage = ({ message }: { message: unknown }) => {
      const failed = (message as { failed?: string } | undefined)?.failed
      done(() => (failed === undefined ? resolve(message) : reject(new Error(failed))))
    }
    const onExit = (code: number | null, signal: string | null) =>
      done(() => reject(new Error(`${child.spawnargs.slice(-3).join(' ')} ended by itself (${signal ?? code})`)))
    const timer = setTimeout(
      () =>
        done(() => reject(new Error(`${child.spawnargs.slice(-3).join(' ')} gave no answer within ${patienceMs} ms`))),
      patienceMs,
    )
    child.on('message', onMessage).on('exit', onExit).on('error', reject)
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  if (child.connected) child.disconnect()
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
  await gone
  clearTimeout(timer)
}
