import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Tickets } from '../../examples/ticket/tickets.js'
import { openRegistry } from '../../runtime/open-registry.js'
import type { Registry } from '../../runtime/registry/registry.js'
import { createServer } from '../../runtime/server.js'
import { serviceKey } from '../../runtime/service-key.js'
import { startZooKeeper } from '../support/zookeeper/server.js'
import { startJava } from './support/application.js'
import { callRows, consumerOf, typeRows } from './support/consumer.js'
import { type Line, lines } from './support/lines.js'
import { CallsProvider, typesProvider } from './support/providers.js'
import { framesOf, startRecorder } from './support/recorder.js'
import { largeRows } from './support/values.js'

/*
 * Records what applications in Java send into test/wire/captures, after `npm run test:java` has built them:
 *
 *   node --conditions=@tsubo/source --import tsx test/java/record.ts
 */
const folder = fileURLToPath(new URL('../wire/captures/', import.meta.url))

/** Frames one behind the other, and nothing else. */
function write(name: string, sides: readonly Buffer[]): void {
  const frames = sides.flatMap(framesOf)
  const bytes = Buffer.concat(frames)
  writeFileSync(`${folder}${name}`, bytes)
  console.log(`${name}: ${frames.length} frames, ${bytes.length} bytes`)
}

async function recordProvider(line: Line, zooKeeper: string, registry: Registry): Promise<void> {
  const java = await startJava(line, 'provider', zooKeeper)
  const recorder = await startRecorder()
  const port = await new Promise<number>((resolve) => {
    const stop = registry.watch(serviceKey('com.miao.types.CallsService'), { application: 'recorder' }, (found) => {
      if (found.state !== 'found' || !found.providers[0]?.addresses[0]) return
      resolve(found.providers[0].addresses[0].port)
      queueMicrotask(() => stop())
    })
  })
  recorder.forward(port)
  const consumer = consumerOf(openRegistry(`static://dubbo://127.0.0.1:${recorder.port}`))
  await typeRows(consumer, largeRows)
  await callRows(consumer)
  await consumer.client.close()
  // A reply says by its id alone what it is a reply to.
  const sides = recorder.connections
  write(
    `provider-${line.name}.requests`,
    sides.map(({ fromCaller }) => fromCaller),
  )
  write(
    `provider-${line.name}.replies`,
    sides.map(({ fromProvider }) => fromProvider),
  )
  recorder.close()
  await java.kill()
}

async function recordConsumer(line: Line, zooKeeper: string, registry: Registry): Promise<void> {
  const recorder = await startRecorder()
  const services = [new Tickets(), typesProvider(), new CallsProvider('typescript')]
  const running = await createServer({ services }).listen({ registry, advertise: `127.0.0.1:${recorder.port}` })
  recorder.forward(running.bound.port)
  await running.registered
  const java = await startJava(line, 'consumer', zooKeeper)
  await java.say(`types ${largeRows.join(' ')}`)
  await java.say('calls')
  await java.say('echo 票')
  await java.say('note heard')
  await java.say('idle 1000 1500')
  write(
    `consumer-${line.name}.requests`,
    recorder.connections.map(({ fromCaller }) => fromCaller),
  )
  await java.kill()
  await running.close(0)
  recorder.close()
}

for (const line of lines) {
  const zooKeeper = await startZooKeeper('built-in')
  const registry = openRegistry(`zookeeper://${zooKeeper.address}`)
  await recordProvider(line, zooKeeper.address, registry)
  await recordConsumer(line, zooKeeper.address, registry)
  await registry.close()
  await zooKeeper.close()
}
