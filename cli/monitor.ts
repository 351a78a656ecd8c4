import { parseArgs } from 'node:util'
import { defaultRegistry } from './default-registry.js'

export const summary = 'collect what clients and servers count, and answer what was called, how often and how fast'

const help = `Usage: tsubo monitor [--registry <address>] [--data <folder>] [options]

Takes the counts that clients and servers with "monitor" send every minute, keeps minutes for a day and hours for a month,
and answers queries (tsubo.MonitorService, docs/monitor.md). One of them is enough.

  --registry <address>  where it is found: zookeeper://127.0.0.1:2181; may be given several times
                        (default: DUBBO_REGISTRY_ADDRESS, else zookeeper://127.0.0.1:2181)
  --data <folder>       where its database lies; made where it is missing (default: tsubo-monitor)
  --max-size <size>     the database grows to this, then what is oldest goes: 500mb, 2gb (default: 2gb)
  --port <number>       where to listen (default: any free port)
  --host <address>      what to bind to; --advertise <h:p>: what to publish in place of that
  --help                this text

Needs libsql (npm install libsql): SQLite with binaries, nothing is compiled. Ends at Ctrl-C or SIGTERM.
`

const options = {
  registry: { type: 'string', multiple: true },
  data: { type: 'string', default: 'tsubo-monitor' },
  'max-size': { type: 'string', default: '2gb' },
  port: { type: 'string' },
  host: { type: 'string' },
  advertise: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Runs a monitor until it is told to end. Exit codes: 0 ended in good order, 1 it can't start, 2 wrong usage. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const { data, host, advertise } = values
  const port = values.port === undefined ? undefined : Number(values.port)
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    return usage(`--port ${values.port}: a port is a number from 0 to 65535`)
  }
  const maxBytes = bytesOf(values['max-size'])
  if (maxBytes === undefined || maxBytes < 2 ** 24) {
    return usage(`--max-size ${values['max-size']}: write a size from 16mb on, such as 500mb or 2gb`)
  }
  const [{ closeOnSignals, describeServer, openRegistry }, { createMonitor }] = await Promise.all([
    import('tsubo'),
    import('../monitor/monitor.js'),
  ])
  const registry = openRegistry(values.registry ?? [defaultRegistry()])
  try {
    const monitor = await createMonitor({
      folder: data,
      registry,
      maxBytes,
      listen: {
        ...(port !== undefined && { port }),
        ...(host !== undefined && { host }),
        ...(advertise !== undefined && { advertise }),
      },
    })
    closeOnSignals([monitor, registry])
    const { running, file } = monitor
    const waiting = setTimeout(() => process.stderr.write(`tsubo monitor: waiting for ${registry.name}\n`), 3000)
    await running.registered.catch((error: unknown) => {
      // Told to end before it was registered: it is doing so.
      if (running.ready) throw error
    })
    clearTimeout(waiting)
    if (running.ready)
      process.stdout.write(
        `monitor is ready at ${describeServer(running)}, registered in ${registry.name}; its database is ${file}\n`,
      )
  } catch (error) {
    await registry.close()
    throw error
  }
  // The process ends by a signal.
  return new Promise(() => {})
}

function usage(problem: string): number {
  process.stderr.write(`tsubo monitor: ${problem}\n`)
  return 2
}

/** `500mb`, `2 GB`, `1000000`: in units of 1024. */
function bytesOf(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*(kb|mb|gb|tb)?$/i.exec(text.trim()) ?? []
  const power = ['', 'kb', 'mb', 'gb', 'tb'].indexOf(unit.toLowerCase())
  return number === undefined ? undefined : Math.round(Number(number) * 1024 ** power)
}
