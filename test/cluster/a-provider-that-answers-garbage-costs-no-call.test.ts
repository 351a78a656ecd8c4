import { createServer as listen } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createClient, createServer, failover, memory, staticRegistry } from '../../runtime/index.js'
import { Echo, EchoServiceClient } from '../support/echo.js'

let open: { close(graceMs?: number): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.reverse()) await one.close(100)
  open = []
})

/** Accepts connections, and answers whatever comes with this; how often anybody connected. */
async function stranger(answer: Buffer | undefined): Promise<{ port: number; connected: () => number }> {
  let connected = 0
  const sockets = new Set<{ destroy(): void }>()
  const server = listen((socket) => {
    connected++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', () => answer && socket.write(answer))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  open.push({
    close: () =>
      new Promise((done) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => done())
      }),
  })
  return { port: (server.address() as { port: number }).port, connected: () => connected }
}

test.each<[string, Buffer | undefined]>([
  ['random bytes', Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 7919) & 255))],
  ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')],
  ['nothing at all', undefined],
])(
  'one of three answers with %s: idempotent calls succeed at the others',
  async (_, answer) => {
    const registry = memory(`garbage-${Math.random()}`)
    open.push(registry)
    const ports: number[] = []
    for (let i = 0; i < 2; i++) {
      const running = await createServer({ services: [new Echo()] }).listen({ registry })
      open.push(running)
      ports.push(running.bound.port)
    }
    const { port, connected } = await stranger(answer)
    const addresses = [port, ...ports].map((each) => `127.0.0.1:${each}`)
    const client = createClient({
      registry: staticRegistry(addresses),
      timeoutMs: 5_000,
      // Who never answers is given up by this; the others by what they answer.
      policy: failover({ attemptTimeoutMs: 300 }),
    })
    open.push(client)
    const to = new EchoServiceClient(client)
    for (let i = 0; i < 60; i++) expect(await to.echo(String(i))).toBe(String(i))
    expect(connected()).toBeGreaterThan(0)
  },
  20_000,
)
