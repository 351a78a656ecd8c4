import { createClient } from '../../runtime/client.js'
import { type ZooKeeperOptions, zookeeper } from '../../runtime/registry/zookeeper.js'
import { serviceKey } from '../../runtime/service-key.js'
import { defineService, Stub } from '../../runtime/stub.js'
import { echoCodecs } from './echo.js'
import { scaleSchema } from './scale-service.js'

/** What a consumer of many services says of itself, each time that it is asked. */
export interface ScaleReport {
  /** From its start until every service has answered a call; milliseconds. */
  readonly upMs: number
  /** Memory above that of the idle process that it was before, after a collection; MB. */
  readonly grownMb: number
  readonly sockets: number
  /** Services whose list is fresh and has so many providers. */
  readonly whole: number
}

/**
 * A process of its own, so that its memory and sockets are its own: `<registry address> <services> <providers>`. It
 * calls every service once, reports, and reports again for each message.
 */
const [address = '', serviceCount = '', providerCount = ''] = process.argv.slice(2)
const collect = () => (globalThis as { gc?: () => void }).gc?.()
const memoryMb = () => {
  collect()
  collect()
  return process.memoryUsage().rss / 2 ** 20
}

const whole = new Set<string>()
const idleMb = memoryMb()
const beganAt = performance.now()
const options: ZooKeeperOptions = { onWarning: () => {} }
const registry = zookeeper(address, options)
const client = createClient({ registry, timeoutMs: 30_000 })
const names = Array.from({ length: Number(serviceCount) }, (_, i) => `scale.Service${i}`)
const answers = names.map((name) => {
  const stub = new Stub(defineService(scaleSchema(name), [echoCodecs[0]]), client)
  return stub.call(0, [name], undefined)
})
const wrong = (await Promise.all(answers)).filter((answer, i) => answer !== names[i])
if (wrong.length > 0) throw new Error(`${wrong.length} wrong answers`)
const upMs = performance.now() - beganAt
await report()
// Only now: watches beside the client's own would have a part in what was measured.
for (const name of names) {
  registry.watch(serviceKey(name), { application: 'consumer' }, (found) => {
    if (found.state === 'found' && !found.stale && found.providers.length === Number(providerCount)) whole.add(name)
    else whole.delete(name)
  })
}
process.on('message', report)
process.on('disconnect', () => process.exit())

async function report(): Promise<void> {
  // What answers and lists left behind is to be gone.
  await new Promise((next) => setTimeout(next, 500))
  const sockets = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
  const said: ScaleReport = { upMs, grownMb: memoryMb() - idleMb, sockets, whole: whole.size }
  process.send?.(said)
}
