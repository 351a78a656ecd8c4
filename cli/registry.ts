import { isLoopbackHost } from '../runtime/address.js'
import { parseArgs } from './parse-args.js'

export const summary = 'run a registry for development: in memory, speaks the ZooKeeper protocol'

const help = `Usage: tsubo registry [--port 2181] [--host 127.0.0.1] [--insecure]

Runs a server that speaks ZooKeeper's client protocol, so that providers and consumers find each other without a
ZooKeeper. In memory and one node: for development and tests. What is in it is gone when it ends.

  --port <number>    where to listen; 0 takes a free port (default: 2181)
  --host <address>   what to bind to (default: 127.0.0.1)
  --insecure         allow a host that other machines can reach: whoever reaches it may read and change everything
  --help             this text

Use zookeeper://127.0.0.1:2181 as the registry's address. Ends at Ctrl-C or SIGTERM.
`

/** Runs the built-in ZooKeeper until it is told to end. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string', default: '2181' },
      host: { type: 'string', default: '127.0.0.1' },
      insecure: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const { host, insecure } = values
  const port = Number(values.port)
  if (!/^\d{1,5}$/.test(values.port) || port > 65_535) {
    return usage(`--port ${values.port}: a port is a number from 0 to 65535`)
  }
  if (!insecure && !isLoopbackHost(host)) {
    return usage(
      `--host ${host} can be reached from other machines, and whoever reaches it may read and change everything; ` +
        'add --insecure if that is what you want',
    )
  }
  const { startZooKeeper } = await import('../zookeeper/server.js')
  let server: Awaited<ReturnType<typeof startZooKeeper>>
  try {
    server = await startZooKeeper({ host, port, insecure })
  } catch (error) {
    process.stderr.write(`tsubo registry: ${cannotListen(error as NodeJS.ErrnoException, host, port)}\n`)
    return 1
  }
  process.stdout.write(
    `registry is ready at ${server.address}: ZooKeeper's protocol, one node, in memory; for development and tests\n`,
  )
  await new Promise<void>((done) => {
    process.once('SIGINT', done)
    process.once('SIGTERM', done)
  })
  await server.close()
  return 0
}

function usage(problem: string): number {
  process.stderr.write(`tsubo registry: ${problem}\n`)
  return 2
}

function cannotListen({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `something listens at ${host}:${port} already, perhaps a ZooKeeper; end it, or take another --port`
    case 'EACCES':
      return `${host}:${port} needs more rights than you have; take a --port above 1023`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine; take another --host`
    default:
      return message
  }
}
