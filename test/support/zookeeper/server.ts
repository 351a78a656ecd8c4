import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serves } from './four-letter.js'
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

function javaProcess(java: string, classPath: string, port: number): Process {
  const folder = mkdtempSync(join(tmpdir(), 'tsubo-zookeeper-'))
  const config = join(folder, 'zoo.cfg')
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
`,
  )
  const flags = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Dzookeeper.log.dir=${folder}`]
  // Not for production: without forceSync a crash of the machine, not of the process, can lose writes.
  const properties = ['-Dzookeeper.jmx.log4j.disable=true', '-Dzookeeper.forceSync=no']
  const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
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
      child = spawn(java, [...flags, ...properties, '-cp', classPath, main, config], { stdio: ['ignore', log, log] })
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

/** Starts one; throws with the end of its log when it doesn't serve within 15 seconds on any of three ports. */
export async function startZooKeeper(installation: Installation): Promise<ZooKeeperServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const process =
      installation.kind === 'java'
        ? javaProcess(installation.java, installation.classPath, port)
        : dockerProcess(installation.docker, port)
    const start = async (): Promise<void> => {
      const gone = await process.start()
      if (await serves('127.0.0.1', port, 15_000, gone)) return
      throw new Error(`ZooKeeper did not start on port ${port}:\n${(await process.log()).slice(-2_000)}`)
    }
    try {
      await start()
    } catch (error) {
      await process.remove()
      // Between finding a free port and binding it another process may have taken it.
      if (attempt < 3) continue
      throw error
    }
    return {
      port,
      address: `127.0.0.1:${port}`,
      start,
      kill: () => process.signal('SIGKILL'),
      pause: () => process.signal('SIGSTOP'),
      resume: () => process.signal('SIGCONT'),
      close: () => process.remove(),
    }
  }
}
