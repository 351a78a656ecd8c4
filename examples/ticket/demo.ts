import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Counts, createClient, type Discovery, openRegistry, type Registry } from 'tsubo'
import { startZooKeeper } from 'tsubo/testing'
import { TicketServiceClient } from '../../generated/ticket.js'
import { showAdmin } from './demo-admin.js'
import { type Outcomes, startLoad } from './demo-load.js'
import { startMonitor } from './demo-monitor.js'
import { type DemoProvider, startProvider } from './demo-provider.js'

/*
 * The tutorial's figure, moving: a registry, three providers, a consumer under load, one provider killed, one stopped, one
 * new. The registry is the built-in ZooKeeper, or the one of --registry zookeeper://host:port; the code is the same.
 * With --monitor a monitor runs, too, and its last minute is shown at the end. With --admin there is no end: applications call each
 * other, and the console shows it (demo-admin.ts).
 * Ends with exit code 0 if no retry-safe call failed and every booking is accounted for exactly once.
 */
const { values } = parseArgs({
  options: {
    registry: { type: 'string' },
    monitor: { type: 'boolean', default: false },
    admin: { type: 'boolean', default: false },
    'admin-port': { type: 'string' },
  },
})
const began = performance.now()
const providers: DemoProvider[] = []

console.log('tsubo demo: provider, consumer and registry of the Dubbo tutorial\n')
codegen()
if (values.admin) {
  await showAdmin({ registry: values.registry, port: values['admin-port'] }, step).then(
    () => process.exit(),
    (error: Error) => process.exit(fail(error)),
  )
}

const builtIn = values.registry === undefined ? await startZooKeeper() : undefined
// A short session, so that one sees the registry notice that a provider is dead; by default it takes 30 s.
const place = values.registry ?? `${builtIn?.address}?session=3000`
const registry = watched(openRegistry(place))
if (builtIn) step('registry', `${builtIn.address}: built in, speaks ZooKeeper's protocol (npx tsubo registry)`)

const monitor = values.monitor ? await startMonitor(place) : undefined
if (monitor) step('monitor', `pid ${monitor.pid}: both sides send it what they count (npx tsubo monitor)`)
const starting = [1, 2, 3].map((n) => startProvider(`provider ${n}`, place, values.monitor))
for (const started of await Promise.allSettled(starting)) {
  if (started.status === 'fulfilled') providers.push(started.value)
  else process.exitCode = fail(started.reason)
}
if (process.exitCode) {
  await Promise.all([monitor?.close(), ...providers.map((provider) => provider.kill('SIGTERM'))])
  process.exit()
}
for (const provider of providers) {
  step('0 start', `${provider.name} (pid ${provider.pid}) listens at ${provider.address}`)
}
const [first, second, third] = providers as [DemoProvider, DemoProvider, DemoProvider]
step('1 register', `each wrote itself into ${registry.name}`)

const client = createClient({
  registry,
  application: 'consumer-server',
  ...(monitor && { monitor: { intervalMs: 1000 } }),
})
step('2 subscribe', 'the consumer asks for com.miao.server.TicketService')
const load = startLoad(new TicketServiceClient(client), 24)
step('4 invoke', '24 calls at a time: search and getTicket (@idempotent), and book, which must not happen twice')

await sleep(2000)
step('SIGKILL', `to ${first.name}: it dies in the middle of its calls`)
await first.kill('SIGKILL')
await sleep(1500)
step('SIGTERM', `to ${second.name}: it unregisters, finishes its calls, says goodbye`)
await second.kill('SIGTERM')
await sleep(1000)
const fourth = await startProvider('provider 4', place, values.monitor)
providers.push(fourth)
step('0 start', `${fourth.name} (pid ${fourth.pid}) listens at ${fourth.address}`)
await sleep(2000)

const outcomes = await load.stop()
await client.close()
await Promise.all([third, fourth].map((provider) => provider.kill('SIGTERM')))
const lastMinute = await monitor?.lastMinute(registry)
await registry.close()
await monitor?.close()
await builtIn?.close()
const ok = summary(outcomes, client.counts)
if (lastMinute) console.log(`\n  the monitor's last minute\n${lastMinute.join('\n')}`)
process.exit(ok ? 0 : 1)

function fail(error: Error): number {
  console.error(error.message)
  return 1
}

function step(name: string, text: string): void {
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  ${name.padEnd(12)} ${text}`)
}

function codegen(): void {
  const tsubo = fileURLToPath(new URL('../../cli/tsubo.js', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsubo, 'codegen'], { encoding: 'utf8' })
  if (status !== 0) {
    console.error(stderr || stdout)
    process.exit(1)
  }
  step('codegen', stdout.trim().split('\n').at(-1) ?? '')
}

/** The registry, telling of every list it hands out. */
function watched(inner: Registry): Registry {
  return {
    name: inner.name,
    loopback: inner.loopback,
    publish: (instance) => inner.publish(instance),
    close: () => inner.close(),
    watch: (service, as, found) =>
      inner.watch(service, as, (discovery) => {
        // The monitor is found in the same way; it isn't part of the figure's third step.
        const shown = discovery.state !== 'pending' && !service.name.startsWith('tsubo.')
        if (shown) step('3 notify', describe(discovery))
        found(discovery)
      }),
  }
}

function describe(discovery: Discovery): string {
  if (discovery.state !== 'found') return `the registry says: ${discovery.state}`
  const places = discovery.providers.map(({ addresses }) => addresses[0]).map((a) => a && `${a.host}:${a.port}`)
  return `${places.length} provider${places.length === 1 ? '' : 's'}: ${places.join(', ')}${discovery.stale ? ' (as last known)' : ''}`
}

/** Prints what was counted; true if it all adds up, and the consumer saw the same. */
function summary({ confirmed, unknown, refused, failed }: Outcomes, { methods, attempts }: Counts): boolean {
  step('5 count', 'both sides kept count\n')
  const counted = { calls: 0, retried: 0, failed: 0, bookings: 0, unbooked: 0 }
  for (const m of methods) {
    const lost = m.calls - m.succeeded
    counted.calls += m.calls
    counted.retried += m.retried
    if (m.method === 'book') {
      counted.bookings += m.calls
      counted.unbooked += lost
    } else counted.failed += lost
    const mean = (m.elapsedMs / m.calls).toFixed(1)
    const line = `${String(m.calls).padStart(6)} calls, ${lost} failed, ${m.retried} retried, mean ${mean} ms, longest ${m.maxElapsedMs.toFixed(0)} ms`
    console.log(`  ${m.method.padEnd(11)} ${line}`)
  }
  const tried = [...attempts.values()].reduce((a, b) => a + b, 0)
  for (const [address, count] of attempts) {
    const who = providers.filter((provider) => provider.address === address).map(({ name }) => name)
    console.log(
      `  share       ${`${((100 * count) / tried).toFixed(0)} %`.padStart(6)} ${address} (${who.join(', then ')})`,
    )
  }

  const log = providers.flatMap(({ booked }) => booked)
  const booked = new Set(log)
  const happened = [...unknown].filter((reference) => booked.has(reference)).length
  const confirmedAll = [...confirmed].every((reference) => booked.has(reference))
  const adds = confirmedAll && booked.size === confirmed.size + happened && log.length === booked.size
  console.log(
    `\n  calls: ${counted.calls}  retried: ${counted.retried}  failed: ${counted.failed} among the retry-safe ones`,
  )
  for (const error of failed.slice(0, 3)) console.log(`    ${error.message}`)
  console.log(
    `  booked on the providers: ${booked.size} = ${confirmed.size} confirmed + ${happened} of ${unknown.size} reported as "outcome unknown"` +
      `${refused.size > 0 ? `; ${refused.size} known not to have happened` : ''}; booked twice: ${log.length - booked.size}`,
  )
  if (!adds) console.log('  the bookings do not add up')
  const seen = {
    failed: failed.length,
    bookings: confirmed.size + unknown.size + refused.size,
    unbooked: unknown.size + refused.size,
  }
  const agrees = Object.entries(seen).every(([what, count]) => counted[what as keyof typeof seen] === count)
  if (!agrees) console.log(`  the consumer saw something else: ${JSON.stringify(seen)}, not ${JSON.stringify(counted)}`)
  return counted.failed === 0 && adds && agrees
}
