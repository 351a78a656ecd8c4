import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { dubbo } from '../../runtime/dubbo.js'
import { openRegistry } from '../../runtime/open-registry.js'
import { framed } from '../../runtime/protocol/framed.js'
import type { Registry } from '../../runtime/registry/registry.js'
import type { RunningServer } from '../../runtime/running-server.js'
import { createServer } from '../../runtime/server.js'
import { startZooKeeper, type ZooKeeperServer } from '../support/zookeeper/server.js'
import { type JavaApplication, startJava } from './support/application.js'
import { consumerOf } from './support/consumer.js'
import { lines } from './support/lines.js'
import { CallsProvider } from './support/providers.js'
import { framesOf, type Recorder, startRecorder } from './support/recorder.js'

const { installation } = inject('zooKeeper')

/** A heartbeat that asks for an answer. */
const isHeartbeat = (frame: Buffer) => frame[2] === 0xe2

describe.each(lines)('Dubbo $name', (line) => {
  let zooKeeper: ZooKeeperServer
  let registry: Registry
  let recorder: Recorder
  const open = new Set<RunningServer>()

  async function provide(name: string, through?: Recorder): Promise<RunningServer> {
    const server = createServer({
      application: name,
      services: [new CallsProvider(name)],
      protocols: [framed(), dubbo({ generic: true })],
    })
    const running = await server.listen({ registry, ...(through && { advertise: `127.0.0.1:${through.port}` }) })
    through?.forward(running.bound.port)
    await running.registered
    open.add(running)
    return running
  }

  beforeAll(async () => {
    if (!installation) throw new Error('no real ZooKeeper can be had')
    zooKeeper = await startZooKeeper(installation)
    registry = openRegistry(`zookeeper://${zooKeeper.address}`)
    recorder = await startRecorder()
  }, 60_000)

  afterAll(async () => {
    await Promise.all([...open].map((running) => running.close(0)))
    recorder?.close()
    await registry?.close()
    await zooKeeper?.close()
  })

  describe('a consumer in Java', () => {
    let java: JavaApplication
    let first: RunningServer

    /** Until its log names a provider at this port. */
    const hears = (of: JavaApplication, port: number) =>
      expect.poll(() => of.output.includes(`:${port}`), { timeout: 20_000, interval: 20 }).toBe(true)

    beforeAll(async () => {
      first = await provide('first', recorder)
      java = await startJava(line, 'consumer', zooKeeper.address)
    }, 90_000)

    afterAll(() => java?.kill())

    test('hears of providers that come and go, and has nothing to complain about', async () => {
      const ports: number[] = [recorder.port]
      for (let push = 0; push < 20; push += 2) {
        const passing = await provide('passing')
        ports.push(passing.bound.port)
        await sleep(100)
        await passing.close(1000)
        open.delete(passing)
        await sleep(100)
      }
      // Dubbo 3 gathers what it is told, after the first ten times for 5 s.
      const last = await provide('last')
      ports.push(last.bound.port)
      await hears(java, last.bound.port)
      await last.close(1000)
      open.delete(last)
      const complaints = java.output
        .split('\n')
        .filter((text) => / (WARN|ERROR) /.test(text) && ports.some((port) => text.includes(`:${port}`)))
      expect(complaints).toEqual([])
    }, 60_000)

    test('tells its deadline', async () => {
      const given = Number(await java.say('slow 10'))
      expect(given).toBeGreaterThan(9000)
      expect(given).toBeLessThanOrEqual(10_000)
    })

    test('calls generically where that is switched on', async () => {
      expect(await java.say('generic')).toBe('15')
    })

    test('keeps a connection that is silent before its first call', async () => {
      const before = recorder.connections.length
      expect(await java.say('silent 11000')).toBe('first')
      expect(recorder.connections.length).toBe(before + 1)
    })

    test('keeps a connection over three heartbeats', async () => {
      const before = recorder.connections.length
      expect(await java.say('idle 1000 4500')).toBe('first')
      const since = recorder.connections.slice(before)
      expect(since.length).toBe(1)
      expect(framesOf(since[0]?.fromCaller as Buffer).filter(isHeartbeat).length).toBeGreaterThanOrEqual(3)
    })

    test('counts each provider once', async () => {
      const second = await provide('second')
      await hears(java, second.bound.port)
      await expect.poll(() => java.say('who 20'), { timeout: 20_000 }).toBe('{first=10, second=10}')
      await second.close(1000)
      open.delete(second)
    })

    test('loses no call while providers stop and start', async () => {
      const others = [await provide('second')]
      await hears(java, others[0]?.bound.port as number)
      await java.say('storm')
      await sleep(300)
      await first.close(2000)
      open.delete(first)
      await sleep(300)
      others.push(await provide('third'))
      await hears(java, others[1]?.bound.port as number)
      // Dubbo 3 goes by what it has heard up to 5 s later.
      await sleep(line.name === '3.3' ? 6000 : 300)
      await others[0]?.close(2000)
      await sleep(300)
      const [called, failed, ...why] = (await java.say('calm')).split(' ')
      expect(`${failed} failed ${why.join(' ')}`).toBe('0 failed ')
      expect(Number(called)).toBeGreaterThan(100)
    }, 60_000)
  })

  test('no retry-safe call is lost while providers in Java stop and start', async () => {
    // Java alone is there to answer.
    await Promise.all([...open].map((running) => running.close(0)))
    open.clear()
    const first = await startJava(line, 'provider', zooKeeper.address)
    const second = await startJava(line, 'provider', zooKeeper.address)
    const { client, calls } = consumerOf(registry)
    let over = false
    let called = 0
    const failures: string[] = []
    const storm = async () => {
      while (!over) {
        called++
        await calls.who().catch((error: Error) => failures.push(String(error)))
        await sleep(3)
      }
    }
    await calls.who()
    const storms = [storm(), storm()]
    await first.stop()
    const third = await startJava(line, 'provider', zooKeeper.address)
    await second.stop()
    over = true
    await Promise.all(storms)
    await client.close(0)
    await third.kill()
    expect(failures).toEqual([])
    expect(called).toBeGreaterThan(100)
  }, 240_000)
})
