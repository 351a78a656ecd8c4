import cluster from 'node:cluster'
import { availableParallelism } from 'node:os'
import { closeOnSignals, createServer, openRegistry } from 'tsubo'
import { Tickets } from './tickets.js'

/*
 * A provider on all cores: node:cluster lets its processes share one port and hands each new connection to one of them.
 * To the registry they are one provider, so one of them publishes it. Consumers should have several connections to it:
 * `createClient({ connectionsPerAddress: 2 })`.
 *
 *   node --conditions=@tsubo/source --import tsx examples/ticket/cluster.ts [workers] [port] [registry]
 */
const [workers = String(availableParallelism()), port = '20880', registry] = process.argv.slice(2)

if (cluster.isPrimary) {
  let publisher = cluster.fork({ PUBLISHES: 'yes' })
  for (let i = 1; i < Number(workers); i++) cluster.fork()
  let ending = false
  cluster.on('exit', (worker) => {
    if (ending) return
    // Whoever takes the place of the one that published does so, too.
    const published = worker === publisher
    const next = cluster.fork(published ? { PUBLISHES: 'yes' } : {})
    if (published) publisher = next
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      ending = true
      for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill(signal)
    })
  }
} else {
  const opened = process.env.PUBLISHES && registry ? openRegistry(registry) : undefined
  const server = createServer({ application: 'provider-cluster', services: [new Tickets()] })
  const running = await server.listen({ port: Number(port), host: '127.0.0.1', ...(opened && { registry: opened }) })
  closeOnSignals([running, opened])
  console.log(`worker ${process.pid} takes calls at port ${running.bound.port}`)
}
