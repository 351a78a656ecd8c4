import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../child.js'
import { fourLetterWord, serves } from './four-letter.js'
import { type Installation, run } from './installation.js'

/** A private, standalone ZooKeeper on a free port of 127.0.0.1. Its session timeouts may be 500 ms to 60 s. */
export interface ZooKeeperServer {
  readonly port: number
  /** `127.0.0.1:<port>` */
  readonly address: string
  /** Ends it at once, as a crash does; its data stays. */
  kill(): Promise<void>
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>
  /** Freezes it: connections stay open, nothing is answered. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Ends it and removes its data. */
  close(): Promise<void>
}

interface Process {
  start(): Promise<() => boolean>
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>
  remove(): Promise<void>
  log(): Promise<string>
}

export async function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Its place in an ensemble: `id` is its number, `lines` go into every member's configuration. */
interface Membership {
  readonly id: number
  readonly lines: readonly string[]
}

function javaProcess(java: string, classPath: string, port: number, member?: Membership): Process {
  const folder = mkdtempSync(join(tmpdir(), 'tsubo-zookeeper-'))
  const config = join(folder, 'zoo.cfg')
  if (member) {
    mkdirSync(join(folder, 'data'))
    writeFileSync(join(folder, 'data', 'myid'), String(member.id))
  }
  writeFileSync(
    config,
    `tickTime=250
dataDir=${folder}/data
clientPort=${port}
clientPortAddress=127.0.0.1
admin.enableServer=false
maxClientCnxns=0
4lw.commands.whitelist=*
minSessionTimeout=500
maxSessionTimeout=60000
${member?.lines.join('\n') ?? ''}
`,
  )
  const flags = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Dzookeeper.log.dir=${folder}`]
  // Not for production: without forceSync a crash of the machine, not of the process, can lose writes.
  const properties = ['-Dzookeeper.jmx.log4j.disable=true', '-Dzookeeper.forceSync=no']
  const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
  return childProcess(folder, java, [...flags, ...properties, '-cp', classPath, main, config])
}

/** `tsubo registry` in a process of its own. */
function builtInProcess(port: number): Process {
  const folder = mkdtempSync(join(tmpdir(), 'tsubo-registry-'))
  return childProcess(folder, process.execPath, [`${root}cli/tsubo.js`, 'registry', '--port', String(port)])
}

/** A process that logs to a folder, which is removed with it. */
function childProcess(folder: string, command: string, args: readonly string[]): Process {
  let child: ChildProcess | undefined
  const ended = () => child === undefined || child.exitCode !== null || child.signalCode !== null
  const killWithUs = () => child?.kill('SIGKILL')
  process.once('exit', killWithUs)
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    const running = child
    if (!running || ended()) return
    const gone = new Promise((done) => running.once('exit', done))
    running.kill(name)
    if (name === 'SIGKILL') await gone
  }
  return {
    async start() {
      const log = openSync(join(folder, 'out.log'), 'a')
      child = spawn(command, args, { stdio: ['ignore', log, log], env: { ...process.env, NODE_OPTIONS: '' } })
      child.on('error', () => {})
      closeSync(log)
      return ended
    },
    signal,
    async remove() {
      await signal('SIGKILL')
      process.removeListener('exit', killWithUs)
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    },
    async log() {
      return readFileSync(join(folder, 'out.log'), 'utf8')
    },
  }
}

function dockerProcess(docker: string, port: number): Process {
  const name = `tsubo-zookeeper-${process.pid}-${port}`
  const settings = {
    ZOO_TICK_TIME: '250',
    ZOO_MAX_CLIENT_CNXNS: '0',
    ZOO_ADMINSERVER_ENABLED: 'false',
    ZOO_4LW_COMMANDS_WHITELIST: '*',
    ZOO_CFG_EXTRA: 'minSessionTimeout=500 maxSessionTimeout=60000',
  }
  const environment = Object.entries(settings).flatMap(([key, value]) => ['-e', `${key}=${value}`])
  let created = false
  return {
    async start() {
      const create = [
        'run',
        '--detach',
        '--name',
        name,
        '-p',
        `127.0.0.1:${port}:2181`,
        ...environment,
        'zookeeper:3.9',
      ]
      // The first start may have to fetch the image.
      const started = await run(docker, created ? ['start', name] : create, 300_000)
      created = true
      return () => started === undefined
    },
    async signal(signal) {
      const verb = { SIGKILL: 'kill', SIGSTOP: 'pause', SIGCONT: 'unpause' }[signal]
      await run(docker, [verb, name], 30_000)
    },
    async remove() {
      await run(docker, ['rm', '--force', '--volumes', name], 30_000)
    },
    async log() {
      return (await run(docker, ['logs', '--tail', '20', name], 5_000)) ?? ''
    },
  }
}

/**
 * Starts one, a real one or the built-in one in a process of its own, which forgets everything when it is killed. Throws
 * with the end of its log when it doesn't serve within 15 seconds on any of three ports.
 */
export async function startZooKeeper(installation: Installation | 'built-in'): Promise<ZooKeeperServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const process =
      installation === 'built-in'
        ? builtInProcess(port)
        : installation.kind === 'java'
          ? javaProcess(installation.java, installation.classPath, port)
          : dockerProcess(installation.docker, port)
    const server = serverOf(process, port)
    try {
      await server.start()
    } catch (error) {
      await process.remove()
      // Between finding a free port and binding it another process may have taken it.
      if (attempt < 3) continue
      throw error
    }
    return server
  }
}

function serverOf(process: Process, port: number): ZooKeeperServer {
  return {
    port,
    address: `127.0.0.1:${port}`,
    async start() {
      const gone = await process.start()
      if (await serves('127.0.0.1', port, 15_000, gone)) return
      throw new Error(`ZooKeeper did not start on port ${port}:\n${(await process.log()).slice(-2_000)}`)
    },
    kill: () => process.signal('SIGKILL'),
    pause: () => process.signal('SIGSTOP'),
    resume: () => process.signal('SIGCONT'),
    close: () => process.remove(),
  }
}

/** Several ZooKeepers that are one: it serves as long as most of them do. */
export interface ZooKeeperEnsemble {
  readonly servers: readonly ZooKeeperServer[]
  /** `127.0.0.1:<port>,127.0.0.1:<port>,...` */
  readonly address: string
  /** The server that leads now; waits up to 15 seconds for there to be one. */
  leader(): Promise<ZooKeeperServer>
  close(): Promise<void>
}

/** Starts one of three servers; throws when it doesn't serve on any of three choices of ports. */
export async function startEnsemble(installation: Installation): Promise<ZooKeeperEnsemble> {
  if (installation.kind !== 'java')
    throw new Error('an ensemble needs a java and the jars of ZooKeeper on this machine')
  for (let attempt = 1; ; attempt++) {
    try {
      return await startThree(installation)
    } catch (error) {
      // Between finding nine free ports and binding them another process may have taken one.
      if (attempt === 3) throw error
    }
  }
}

async function startThree(installation: Installation & { readonly kind: 'java' }): Promise<ZooKeeperEnsemble> {
  const ids = [1, 2, 3]
  const ports = await Promise.all(ids.flatMap(() => [freePort(), freePort(), freePort()]))
  const portOf = (id: number, use: 0 | 1 | 2) => ports[(id - 1) * 3 + use] as number
  const lines = [
    'initLimit=40',
    'syncLimit=20',
    ...ids.map((id) => `server.${id}=127.0.0.1:${portOf(id, 1)}:${portOf(id, 2)}`),
  ]
  const servers = ids.map((id) => {
    const port = portOf(id, 0)
    return serverOf(javaProcess(installation.java, installation.classPath, port, { id, lines }), port)
  })
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.close()))
  }
  try {
    await Promise.all(servers.map((server) => server.start()))
  } catch (error) {
    await close()
    throw error
  }
  return {
    servers,
    address: servers.map(({ address }) => address).join(','),
    async leader() {
      const end = performance.now() + 15_000
      while (performance.now() < end) {
        for (const server of servers) {
          const answer = await fourLetterWord('127.0.0.1', server.port, 'srvr', 300)
          if (answer?.includes('Mode: leader')) return server
        }
        await new Promise((next) => setTimeout(next, 50))
      }
      throw new Error('the ensemble has had no leader for 15 s')
    },
    close,
  }
}
