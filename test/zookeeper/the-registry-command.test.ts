import { spawn } from 'node:child_process'
import { expect, it } from 'vitest'
import { startZooKeeper } from '../../zookeeper/server.js'
import { root, runTsubo } from '../support/child.js'
import { fourLetterWord } from '../support/zookeeper/four-letter.js'
import { connectRaw } from '../support/zookeeper/raw-client.js'

it('says where it is and what it is, serves, and ends when it is told to', async () => {
  const child = spawn(process.execPath, [`${root}cli/tsubo.js`, 'registry', '--port', '0'], { stdio: 'pipe' })
  const ended = new Promise<number | null>((done) => child.once('close', (code) => done(code)))
  const line = await new Promise<string>((done) => child.stdout.setEncoding('utf8').once('data', done))
  const port = Number(
    /^registry is ready at zookeeper:\/\/127\.0\.0\.1:(\d+): ZooKeeper's protocol, one node, in memory; for development and tests\n$/.exec(
      line,
    )?.[1],
  )
  const client = await connectRaw('127.0.0.1', port, { timeoutMs: 10_000 })
  expect(await fourLetterWord('127.0.0.1', port, 'ruok', 1_000)).toBe('imok')
  expect(await runTsubo(['registry', '--port', String(port)])).toMatchObject({
    code: 1,
    stderr: `tsubo registry: something listens at 127.0.0.1:${port} already, perhaps a ZooKeeper; end it, or take another --port\n`,
  })
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  await client.closed
})

it.each([
  [['--host', '0.0.0.0'], /--host 0\.0\.0\.0 can be reached from other machines, .* add --insecure/],
  [['--port', '99999'], /--port 99999: a port is a number from 0 to 65535/],
])('refuses %j', async (args, stderr) => {
  const ended = await runTsubo(['registry', ...args])
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toMatch(stderr)
})

it('answers the four-letter words that scripts and exporters ask', async () => {
  const server = await startZooKeeper()
  const client = await connectRaw(server.host, server.port, { timeoutMs: 10_000 })
  const ask = async (word: string) => (await fourLetterWord(server.host, server.port, word, 1_000)) ?? ''
  expect(await ask('isro')).toBe('rw')
  expect(await ask('srvr')).toMatch(
    /^Zookeeper version: \S+, built on .+\nLatency min\/avg\/max: [\d.]+\/[\d.]+\/[\d.]+\nReceived: \d+\nSent: \d+\nConnections: 2\nOutstanding: 0\nZxid: 0x1\nMode: standalone\nNode count: 5\n$/,
  )
  expect(await ask('stat')).toMatch(/\nClients:\n \/127\.0\.0\.1:\d+\[1\]\(queued=0,recved=1,sent=1,.*\n.*\n\nLatency /)
  expect(await ask('cons')).toContain(`sid=0x${client.session.id.toString(16)}`)
  const values = new Map((await ask('mntr')).split('\n').map((line) => line.split('\t') as [string, string]))
  expect(values.get('zk_server_state')).toBe('standalone')
  expect(values.get('zk_znode_count')).toBe('4')
  expect(await ask('wchs')).toContain('Total watches:0')
  expect(await ask('dump')).toContain('Sessions with Ephemerals (0):')
  await server.close()
})
