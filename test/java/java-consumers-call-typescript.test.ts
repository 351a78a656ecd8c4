import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { Tickets } from '../../examples/ticket/tickets.js'
import { openRegistry } from '../../runtime/open-registry.js'
import type { Registry } from '../../runtime/registry/registry.js'
import type { RunningServer } from '../../runtime/running-server.js'
import { createServer, type Server } from '../../runtime/server.js'
import { startZooKeeper, type ZooKeeperServer } from '../support/zookeeper/server.js'
import { type JavaApplication, startJava } from './support/application.js'
import type { Outcome } from './support/consumer.js'
import { lines } from './support/lines.js'
import { CallsProvider, typesProvider } from './support/providers.js'
import { record } from './support/rows.js'

const { installation } = inject('zooKeeper')
const kinds = [
  { kind: 'a real ZooKeeper', of: installation },
  { kind: 'the built-in ZooKeeper', of: 'built-in' as const },
]

/** What Java answers, a row a line. */
function outcomes(text: string): Outcome[] {
  return text.split('\n').map((line) => {
    const [row = '', ...words] = line.split(' ')
    return [row, words.join(' ') === 'ok' ? undefined : words.join(' ')]
  })
}

describe.each(lines.flatMap((line) => kinds.map((kind) => ({ line, ...kind }))))(
  'a consumer in Java, Dubbo $line.name, over $kind',
  ({ line, of }) => {
    let zooKeeper: ZooKeeperServer
    let registry: Registry
    let server: Server
    let running: RunningServer
    let java: JavaApplication

    beforeAll(async () => {
      if (!of) throw new Error('no real ZooKeeper can be had')
      zooKeeper = await startZooKeeper(of)
      registry = openRegistry(`zookeeper://${zooKeeper.address}`)
      server = createServer({
        application: 'typescript',
        services: [
          new Tickets(),
          typesProvider(),
          new CallsProvider('typescript'),
          { service: new CallsProvider('typescript in a group'), group: 'g', version: '1.0.0', token: true },
        ],
      })
      running = await server.listen({ registry })
      await running.registered
      java = await startJava(line, 'consumer', zooKeeper.address)
    }, 120_000)

    afterAll(async () => {
      await java?.kill()
      await running?.close(0)
      await registry?.close()
      await zooKeeper?.close()
    })

    test('prints what the tutorial prints', async () => {
      expect(await java.say('ticket')).toBe('good')
      expect(java.output).toContain('\n在注册中心拿==>good\n')
    })

    test('sends and gets every type', async () => {
      expect(record(line, 'java to typescript', outcomes(await java.say('types', 60_000)))).toBe('')
    }, 90_000)

    test('sees results, errors and attachments as they are', async () => {
      expect(record(line, 'java to typescript', outcomes(await java.say('calls')))).toBe('')
    })

    test('finds a service by group and version, and sends its token along', async () => {
      expect(await java.say('grouped')).toBe('typescript in a group')
    })

    test('gets an echo', async () => {
      expect(await java.say('echo 票')).toBe('票')
    })

    test('calls without waiting for an answer', async () => {
      expect(await java.say('note heard')).toBe('heard')
    })

    test('cannot call generically where nobody switched that on', async () => {
      await expect(java.say('generic')).rejects.toThrow('$invoke')
    })
  },
)
