/*
 * A process of its own that opens whatever calls can open, closes it again and says what is left:
 * it has to end by itself.
 */
import { createClient } from '../../runtime/client.js'
import { framed } from '../../runtime/protocol/framed.js'
import { staticRegistry } from '../../runtime/registry/static.js'
import { createServer } from '../../runtime/server.js'
import { Echo, EchoServiceClient } from './echo.js'

const resources = () =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => !/^(TTY|Pipe)/.test(kind))
    .sort()
const listeners = () => process.eventNames().map((name) => `${String(name)}: ${process.listenerCount(name)}`)

const before = { resources: resources(), listeners: listeners() }
const running = await createServer({
  services: [new Echo((value) => (value === 'never' ? new Promise(() => {}) : value))],
}).listen({ host: '127.0.0.1', port: 0 })
const address = `127.0.0.1:${running.bound.port}`
const clients = [
  createClient({ registry: staticRegistry(address) }),
  createClient({ registry: staticRegistry(address), protocols: [framed({ keepaliveMs: 50 })] }),
  // Nobody listens there: it is in its back-off when it is closed.
  createClient({ registry: staticRegistry('127.0.0.1:1') }),
]
const outcomes: string[] = []
const note = (outcome: unknown) => outcomes.push((outcome as { code?: string }).code ?? String(outcome))
for (const client of clients) {
  const echo = new EchoServiceClient(client)
  await echo.echo('x').then(note, note)
  void echo.book('never', { timeoutMs: 60_000 }).then(note, note)
  const stream = echo.count('1000000')[Symbol.asyncIterator]()
  await stream.next().then(
    () => {},
    () => {},
  )
}
const during = resources().length
await Promise.all(clients.map((client) => client.close(20)))
await running.close(20)
// A handle that was closed in this turn is gone a turn later.
for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
console.log(JSON.stringify({ outcomes, during, before, after: { resources: resources(), listeners: listeners() } }))
