import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { GenericClient } from '../../runtime/dubbo.js'
import { openRegistry } from '../../runtime/open-registry.js'
import type { Registry } from '../../runtime/registry/registry.js'
import { startZooKeeper, type ZooKeeperServer } from '../support/zookeeper/server.js'
import { type JavaApplication, startJava } from './support/application.js'
import { type Consumer, callRows, consumerOf, typeRows } from './support/consumer.js'
import { lines } from './support/lines.js'
import { record } from './support/rows.js'

const { installation } = inject('zooKeeper')
const kinds = [
  { kind: 'a real ZooKeeper', of: installation },
  { kind: 'the built-in ZooKeeper', of: 'built-in' as const },
]

describe.each(lines.flatMap((line) => kinds.map((kind) => ({ line, ...kind }))))(
  'a provider in Java, Dubbo $line.name, over $kind',
  ({ line, of }) => {
    let zooKeeper: ZooKeeperServer
    let registry: Registry
    let java: JavaApplication
    let consumer: Consumer

    beforeAll(async () => {
      if (!of) throw new Error('no real ZooKeeper can be had')
      zooKeeper = await startZooKeeper(of)
      java = await startJava(line, 'provider', zooKeeper.address)
      registry = openRegistry(`zookeeper://${zooKeeper.address}`)
      consumer = consumerOf(registry)
    }, 120_000)

    afterAll(async () => {
      await consumer?.client.close(0)
      await registry?.close()
      await java?.kill()
      await zooKeeper?.close()
    })

    test('answers the tutorial`s question', async () => {
      expect(`在注册中心拿==>${await consumer.tickets.getTicket()}`).toBe('在注册中心拿==>good')
    })

    test('sends and gets every type', async () => {
      expect(record(line, 'typescript to java', await typeRows(consumer))).toBe('')
    }, 90_000)

    test('is called with results, errors and attachments as they are', async () => {
      expect(record(line, 'typescript to java', await callRows(consumer))).toBe('')
    })

    test('is found by group and version, and gets its token', async () => {
      expect(await consumer.grouped.who()).toBe('java in a group')
    })

    test('is called without a contract, and echoes', async () => {
      const generic = new GenericClient(consumer.client, 'com.miao.types.CallsService')
      expect(await generic.invoke('slow', ['int'], [1])).toBe(null)
      const answer = await generic.invoke('circle', ['com.miao.types.Node'], [{ label: 'only' }])
      expect(answer).toEqual(
        new Map([
          ['label', '1'],
          ['class', 'com.miao.types.Node'],
        ]),
      )
      expect(await generic.echo('票')).toBe('票')
    })

    test('is called without waiting for an answer', async () => {
      await consumer.calls.note('heard')
      await expect.poll(() => consumer.calls.notes(), { timeout: 5000 }).toEqual(['heard'])
    })
  },
)
