import { once } from 'node:events'
import net from 'node:net'
import { createClient, createServer, openRegistry } from 'tsubo'
import {
  BenchServiceClient,
  BenchServiceSkeleton,
  type Item,
  type Order,
  type Page,
  type Payload,
} from '../generated/bench.js'
import { items, page, rebuilt, streamed } from '../messages.js'

/*
 * `roles.js server <what> <n>` and `roles.js client <what> <n> <port>`. A server tells its port, and when it is asked how large
 * it is. A client tells 0 once it is ready, then, by itself, what it holds; one that makes connections is ready with the first
 * few of them, and is asked how large it is: first with these, then with all.
 */
const [role, what = '', count = '', port = ''] = process.argv.slice(2)
const n = Number(count)
/** So many connections are made before anything is measured. */
const firstFew = 500
process.once('disconnect', () => process.exit())

const gc = (globalThis as unknown as { gc(): void }).gc
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const tell = (value: number) => process.send?.(value)

/** Bytes of the process, or of its heap, once all garbage is gone. */
async function held(of: 'rss' | 'heapUsed'): Promise<number> {
  for (let i = 0; i < 3; i++) {
    gc()
    await pause(100)
  }
  return process.memoryUsage()[of]
}

class BenchService extends BenchServiceSkeleton {
  small(item: Item): Item {
    return rebuilt(item)
  }

  medium(item: Item): Page {
    return page(item)
  }

  echo(payload: Payload): Payload {
    return payload
  }

  async *items({ count }: Order): AsyncGenerator<Item> {
    for (let i = 0; i < count; i++) yield streamed(i)
  }
}

/** A server that answers nothing where calls shall be pending. */
const silent = what === 'pending' ? [() => () => new Promise<never>(() => {})] : []

if (role === 'server') await serve()
else if (what === 'bare') await bareSockets()
else if (what === 'connections') await idleConnections()
else if (what === 'pending') await pendingCalls()
else await slowConsumer()

async function serve(): Promise<void> {
  const bound = what === 'bare' ? await listenBare() : await listen()
  if (what === 'slow') await watchGrowth()
  else process.on('message', async () => tell(await held('rss')))
  tell(bound)
}

/** Tells by how much it has grown at most. */
async function watchGrowth(): Promise<void> {
  let before = await held('rss')
  let largest = 0
  // From when the window is full: what comes after that is growth.
  setTimeout(async () => {
    before = await held('rss')
  }, 3000)
  setInterval(() => {
    largest = Math.max(largest, process.memoryUsage.rss())
  }, 100)
  process.on('message', async () => tell(Math.max(largest, await held('rss')) - before))
}

async function listenBare(): Promise<number> {
  const server = net.createServer({ noDelay: true }, (socket) => socket.on('data', () => {}))
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 })
  await once(server, 'listening')
  return (server.address() as net.AddressInfo).port
}

async function listen(): Promise<number> {
  const server = createServer({ services: [new BenchService()], interceptors: silent })
  return (await server.listen({ host: '127.0.0.1' })).bound.port
}

async function bareSockets(): Promise<void> {
  const sockets: net.Socket[] = []
  await firstFewThenAll(async (count) => {
    for (let i = 0; i < count; i++) {
      const socket = net.connect({ host: '127.0.0.1', port: Number(port), noDelay: true })
      socket.on('data', () => {})
      sockets.push(socket)
      await once(socket, 'connect')
      socket.write('hello')
    }
  })
}

/** Clients with so many connections to one address, each of which has carried calls. */
async function idleConnections(): Promise<void> {
  await firstFewThenAll(async (count) => {
    const client = createClient({
      registry: openRegistry(`static://127.0.0.1:${port}`),
      connectionsPerAddress: count,
      timeoutMs: 30_000,
    })
    const service = new BenchServiceClient(client)
    // They take turns: so each has one.
    for (let i = 0; i < count; i += 100)
      await Promise.all(
        items
          .concat(items)
          .slice(0, 100)
          .map((item) => service.small(item)),
      )
  })
}

/** What a process has once comes with its first connections, and is no connection's. */
async function firstFewThenAll(connect: (count: number) => Promise<void>): Promise<void> {
  await connect(firstFew)
  tell(0)
  await once(process, 'message')
  tell(await held('rss'))
  await once(process, 'message')
  await connect(n)
  tell(await held('rss'))
  process.on('message', async () => tell(await held('rss')))
}

async function pendingCalls(): Promise<void> {
  tell(0)
  const client = createClient({ registry: openRegistry(`static://127.0.0.1:${port}`), timeoutMs: 120_000 })
  const service = new BenchServiceClient(client)
  const pending = new Array<Promise<Item>>(n)
  const before = await held('heapUsed')
  for (let i = 0; i < n; i++) {
    pending[i] = service.small(items[i & 63]!)
    if (i % 1000 === 0) await pause(1)
  }
  await pause(500)
  tell(((await held('heapUsed')) - before) / pending.length)
}

/** Takes a handful of items a second of a stream that never ends, for `n` seconds. */
async function slowConsumer(): Promise<void> {
  tell(0)
  const client = createClient({ registry: openRegistry(`static://127.0.0.1:${port}`) })
  const until = performance.now() + n * 1000
  for await (const _ of new BenchServiceClient(client).items({ count: 2 ** 31 - 1 })) {
    if (performance.now() > until) break
    await pause(100)
  }
  tell(0)
}
