/*
 * A process of its own that opens whatever calls can open, closes it again and says what is left:
 * it has to end by itself. Several times over, for what grows with each time is left, too.
 *
 *   node --expose-gc ... open-and-close.ts <folder for a socket> <caFile> <certFile> <keyFile>
 */
import { createClient } from '../../runtime/client.js'
import { failover } from '../../runtime/cluster/failover.js'
import { framed } from '../../runtime/protocol/framed.js'
import { staticRegistry } from '../../runtime/registry/static.js'
import { createServer } from '../../runtime/server.js'
import { Echo, EchoServiceClient } from './echo.js'

const [folder = '', caFile = '', certFile = '', keyFile = ''] = process.argv.slice(2)
const resources = () =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => !/^(TTY|Pipe)/.test(kind))
    .sort()
const listeners = () => process.eventNames().map((name) => `${String(name)}: ${process.listenerCount(name)}`)
/** Bytes outside of V8's heap that something still refers to. */
const buffers = async () => {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    ;(globalThis as { gc?: () => void }).gc?.()
  }
  return process.memoryUsage().arrayBuffers
}

async function openAndClose() {
  const services = [new Echo((value) => (value === 'never' ? new Promise(() => {}) : value.padEnd(100, '.')))]
  const server = createServer({ services, maxConcurrent: 1000 })
  const secure = createServer({ services, tls: { certFile, keyFile } })
  const path = `${folder}/s.sock`
  const running = await Promise.all([
    server.listen({ host: '127.0.0.1', port: 0 }),
    secure.listen({ host: '127.0.0.1', port: 0 }),
    server.listen({ path }),
  ])
  const [plain, encrypted] = running.map(({ bound }) => staticRegistry(`127.0.0.1:${bound.port}`))
  if (!plain || !encrypted) throw new Error('nothing listens')
  const clients = [
    createClient({ registry: plain }),
    createClient({ registry: plain, protocols: [framed({ keepaliveMs: 50 })], idleLimitMs: 1000 }),
    createClient({ registry: encrypted, tls: { caFile } }),
    createClient({ registry: staticRegistry(`unix:${path}`), connectionsPerAddress: 2 }),
    // Nobody listens there: it is in its back-off when it is closed. A second attempt could fall into the next try to connect.
    createClient({ registry: staticRegistry('127.0.0.1:1'), policy: failover({ retries: 0 }) }),
  ]
  const outcomes: string[] = []
  const told = (outcome: unknown) => {
    outcomes.push((outcome as { code?: string } | undefined)?.code ?? String(outcome).replaceAll('.', ''))
  }
  for (const client of clients) {
    const echo = new EchoServiceClient(client)
    await echo.echo('x').then(told, told)
    // While somebody tries to connect a one-way call would be taken, and lost with the attempt.
    while (client.status.some(({ providers }) => providers.some(({ connection }) => connection === 'connecting')))
      await new Promise((resolve) => setImmediate(resolve))
    await echo.note('one-way').then(() => told('sent'), told)
    void echo.book('never', { timeoutMs: 60_000 }).then(told, told)
    const stream = echo.count('1000000')[Symbol.asyncIterator]()
    await stream.next().then(
      () => {},
      () => {},
    )
    // The other way round: a handler that waits for more, while the caller has no more to say and doesn't end.
    async function* upload() {
      yield 'a'
      await new Promise(() => {})
    }
    void echo.join(upload(), { timeoutMs: 60_000 }).then(told, told)
  }
  const during = resources().length
  await Promise.all(clients.map((client) => client.close(20)))
  await Promise.all(running.map((each) => each.close(20)))
  return { outcomes, during }
}

/** A handle that was closed in this turn is gone a turn later. */
const fewTurns = async () => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

// What loaded this module tries to reach a parent of its kind first, and keeps what it compiled.
while (resources().some((kind) => /^(ConnectWrap|FSReq)/.test(kind))) await fewTurns()
const before = { resources: resources(), listeners: listeners() }
const first = await openAndClose()
// Code, pools and connections' shared chunk are there from here on.
await openAndClose()
const bytesBefore = await buffers()
await openAndClose()
await openAndClose()
const bytesAfter = await buffers()
await fewTurns()
const after = { resources: resources(), listeners: listeners() }
console.log(JSON.stringify({ ...first, before, after, grownBytes: bytesAfter - bytesBefore, bytesAfter }))
