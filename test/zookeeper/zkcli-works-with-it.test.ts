import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startZooKeeper, type ZooKeeper } from '../../zookeeper/server.js'

const { installation } = inject('zooKeeper')
const java = installation?.kind === 'java' ? installation : undefined

/** ZooKeeper's own command line; it is there where a real ZooKeeper is. */
describe.skipIf(!java)('zkCli', { meta: { needsZooKeeper: 'private' } }, () => {
  let server: ZooKeeper
  beforeAll(async () => {
    server = await startZooKeeper()
  })
  afterAll(() => server.close())

  /** Types these lines; what it printed, without its own talk. */
  function zkCli(...lines: readonly string[]): Promise<string[]> {
    return new Promise((done, fail) => {
      const main = 'org.apache.zookeeper.ZooKeeperMain'
      const flags = ['-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=off']
      const args = [...flags, '-cp', java?.classPath ?? '', main, '-server', `127.0.0.1:${server.port}`]
      const child = spawn(java?.java ?? '', args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 30_000 })
      let printed = ''
      const take = (text: string) => {
        printed += text
      }
      child.stdout.setEncoding('utf8').on('data', take)
      child.stderr.setEncoding('utf8').on('data', take)
      child.once('error', fail)
      child.once('close', () => {
        const talk = /^$|^Connecting to|^Welcome|^JLine|^WATCHER::|^WatchedEvent state:(SyncConnected type:None|Closed)/
        done(printed.split('\n').filter((line) => !talk.test(line)))
      })
      child.stdin.end(`${lines.join('\n')}\nquit\n`)
    })
  }

  it("the tutorial's ls /, create -e /miao 123, get /miao", { timeout: 40_000 }, async () => {
    expect(await zkCli('ls /', 'create -e /miao 123', 'get /miao', 'ls /')).toEqual([
      '[zookeeper]',
      'Created /miao',
      '123',
      expect.stringMatching(/^\[(miao, zookeeper|zookeeper, miao)\]$/),
    ])
    expect(server.sessions.flatMap(({ ephemerals }) => ephemerals)).toEqual([])
  })

  it('everything else that it can do', { timeout: 40_000 }, async () => {
    const printed = await zkCli(
      'create /a 1',
      'create -s /a/n- x',
      'create -c /box',
      'set -s /a 2',
      'get -w /a',
      'set /a 3',
      'create /a',
      'delete /a',
      'addauth digest u:p',
      'create /mine secret auth::cdrwa',
      'getAcl /mine',
      'setAcl /mine digest:other:x:r',
      'get /mine',
      'addWatch /box',
      'create -e /box/one',
      'getEphemerals',
      'removewatches /box',
      'getAllChildrenNumber /a',
      'setquota -n 5 /a',
      'listquota /a',
      'sync /',
      'whoami',
      'create -t 1000 /ttl',
      'config',
      'deleteall /a',
      'stat /a',
    )
    const text = printed.join('\n')
    for (const expected of [
      'Created /a',
      'Created /a/n-0000000000',
      'Created /box',
      'dataVersion = 1',
      'WatchedEvent state:SyncConnected type:NodeDataChanged path:/a',
      'Node already exists: /a',
      'Node not empty: /a',
      "'digest,'u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ=",
      'WatchedEvent state:SyncConnected type:NodeCreated path:/box/one',
      '[/box/one]',
      'Output quota for /a count=5',
      'Sync is OK',
      'digest: u',
      'KeeperErrorCode = Unimplemented for /ttl',
    ]) {
      expect(text).toContain(expected)
    }
    expect(text).toMatch(/Insufficient permission : \/mine|Authentication is not valid : \/mine/)
    expect(printed.at(-1)).toBe('Node does not exist: /a')
  })
})
