import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { main } from '../../cli/main.js'
import { startZooKeeper, type ZooKeeper } from '../../zookeeper/server.js'
import { inspect, ownChroot } from '../registry/services.js'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'

let stdout = ''
let stderr = ''
beforeEach(() => {
  stdout = ''
  stderr = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text)
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text)
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

/** Runs it in this process; what it printed since the last time. */
async function zk(
  registry: string,
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  stdout = ''
  stderr = ''
  vi.stubEnv('DUBBO_REGISTRY_ADDRESS', registry)
  const code = await main(['zk', ...args])
  return { code, stdout, stderr }
}

describeWithZooKeeper('tsubo zk', (address) => {
  it('lists, gets, creates and deletes', async () => {
    const look = await inspect(address)
    const chroot = ownChroot()
    await look.create(`${chroot}/seen`)
    const at = `zookeeper://${address}${chroot}`
    expect(await zk(at, 'ls', '/')).toEqual({ code: 0, stdout: 'seen\n', stderr: '' })
    expect(await zk(at, 'create', '/a', 'hello world')).toEqual({ code: 0, stdout: '/a\n', stderr: '' })
    expect(await zk(at, 'get', '/a')).toEqual({ code: 0, stdout: 'hello world\n', stderr: '' })
    expect(JSON.parse((await zk(at, 'get', '/a', '--json')).stdout)).toEqual({
      path: '/a',
      data: 'hello world',
      owner: null,
      version: 0,
      size: 11,
      children: 0,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      changedAt: expect.any(String),
    })
    expect(await zk(at, 'create', '-s', '/a/n-')).toMatchObject({ stdout: '/a/n-0000000000\n' })
    expect(await zk(at, 'create', '-p', '/x/y/z', '--', '-1')).toMatchObject({ code: 0, stdout: '/x/y/z\n' })
    expect(await zk(at, 'get', '/x/y/z')).toMatchObject({ stdout: '-1\n' })
    expect(await zk(at, 'ls', '/', '--json')).toMatchObject({ stdout: '["a","seen","x"]\n' })

    const refusals: readonly (readonly [readonly string[], string])[] = [
      [['create', '/a'], '/a exists already'],
      [['create', '/no/such'], 'there is no /no to create it in; -p creates what is missing'],
      [['get', '/no'], 'there is no /no'],
      [['delete', '/a'], '/a has a child; -r deletes everything below it, too'],
    ]
    for (const [args, told] of refusals) {
      expect(await zk(at, ...args)).toEqual({ code: 1, stdout: '', stderr: `tsubo zk: ${told}\n` })
    }
    expect(await zk(at, 'delete', '-r', '/x')).toMatchObject({ code: 0, stdout: 'deleted 3 nodes\n' })
    expect(await zk(at, 'delete', '-r', '/a')).toMatchObject({ code: 0, stdout: 'deleted 2 nodes\n' })
    expect(await zk(at, 'delete', '/seen')).toMatchObject({ code: 0, stdout: 'deleted /seen\n' })
    expect(await look.children(chroot)).toEqual([])
    look.close()
  })

  it('keeps an ephemeral node for as long as it runs', async () => {
    const look = await inspect(address)
    const chroot = ownChroot()
    await look.create(`${chroot}`)
    const running = zk(`zookeeper://${address}${chroot}`, 'create', '-e', '/miao', '123')
    await vi.waitFor(() => expect(stderr).toContain('it is there for as long as this command runs'))
    expect(stdout).toBe('/miao\n')
    expect(await look.owner(`${chroot}/miao`)).not.toMatch(/^0+$/)
    process.emit('SIGINT')
    expect(await running).toMatchObject({ code: 0 })
    expect(await look.children(chroot)).toEqual([])
    look.close()
  })

  it('watches until it is told to end', async () => {
    const look = await inspect(address)
    const chroot = ownChroot()
    await look.create(chroot)
    const running = zk(`zookeeper://${address}${chroot}`, 'watch', '/w')
    await vi.waitFor(() => expect(stdout).toBe('there is no /w yet\n'))
    await look.create(`${chroot}/w`)
    await vi.waitFor(() => expect(stdout).toContain('/w is there\n= no data\n'))
    await look.create(`${chroot}/w/b`)
    await vi.waitFor(() => expect(stdout).toContain('+ b\n'))
    await look.remove(`${chroot}/w/b`)
    await vi.waitFor(() => expect(stdout).toContain('- b\n'))
    await look.remove(`${chroot}/w`)
    await vi.waitFor(() => expect(stdout).toContain('/w is gone\n'))
    process.emit('SIGTERM')
    expect(await running).toMatchObject({ code: 0 })
    look.close()
  })
})

it('goes on watching over lost connections and sessions', async () => {
  const server: ZooKeeper = await startZooKeeper()
  const look = await inspect(`127.0.0.1:${server.port}`)
  await look.create('/w')
  const running = zk(server.address, 'watch', '/w', '--json')
  await vi.waitFor(() => expect(stdout).toContain('"change":"data"'))
  const own = server.sessions.at(-1)
  server.expire(own?.id ?? '')
  await look.create('/w/while-away')
  await vi.waitFor(() => expect(stdout).toContain('"change":"added","name":"while-away"'), { timeout: 5_000 })
  process.emit('SIGINT')
  expect(await running).toMatchObject({ code: 0 })
  for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ path: '/w' })
  look.close()
  await server.close()
})

it.each([
  [['create', '-e/miao', '123'], 'there is no option -e/miao; a space is missing: tsubo zk create -e /miao 123'],
  [['create', '/x', 'a', 'b'], 'create /x is all it takes, not "b"; data with spaces goes into quotes'],
  [['create', '/x', 'a'.repeat(1_000_001)], '1000001 bytes of data: a node holds at most about 1 MB'],
  [['ls', 'dubbo'], 'dubbo is no path; paths begin with a slash: /dubbo'],
  [['ls', '/dubbo/'], '/dubbo/ ends with a slash; write /dubbo'],
  [['ls', '/a/../b'], '/a/../b is no path: between slashes there is a name, other than . and ..'],
  [['ls'], 'ls needs a path: tsubo zk ls /dubbo'],
  [['lst', '/'], 'there is no "tsubo zk lst"; did you mean "ls"?'],
  [['get', '-e', '/'], '-e belongs to create, not to get'],
  [['ls', '-r', '/'], '-r belongs to delete, not to ls'],
  [['delete', '-r', '/'], "the root can't be deleted; name what is below it"],
  [[], 'say what to do: ls, get, create, delete, watch'],
])('says what is wrong with %j', async (args, told) => {
  expect(await zk('zookeeper://127.0.0.1:1', ...args)).toEqual({
    code: 2,
    stdout: '',
    stderr: `tsubo zk: ${told}\ntsubo zk --help shows what it takes\n`,
  })
})

it('says what is wrong with the address', async () => {
  expect(await zk('static://127.0.0.1:1', 'ls', '/')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('a static:// registry has no nodes; give a zookeeper:// one'),
  })
  expect(await zk('zookeeper://127.0.0.1:2', 'ls', '/', '--registry', 'zookeeper://127.0.0.1:1')).toMatchObject({
    code: 1,
    stderr:
      "tsubo zk: zookeeper://127.0.0.1:1 can't be reached: connect ECONNREFUSED 127.0.0.1:1; is it running? tsubo registry runs one\n",
  })
})
