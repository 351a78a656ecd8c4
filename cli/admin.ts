import { parseArgs } from 'node:util'
import type { RunningAdmin } from '../admin/server.js'
import { defaultRegistry } from './default-registry.js'

export const summary = 'run the console: see what is registered, try calls, write rules'
export const peers = ['hono', '@hono/node-server']

const help = `Usage: tsubo admin [--registry <address>] [--port 7001] [--host 127.0.0.1] [options]

Runs the console, a page for browsers at http://127.0.0.1:7001, with a documented API under /api (docs/admin.md).
Until it is changed the login is root, password root; so it listens to this machine alone until then.

  --registry <address>  zookeeper://[user:password@]host:port[,host:port][/chroot]
                        (default: DUBBO_REGISTRY_ADDRESS, else zookeeper://127.0.0.1:2181)
  --port <number>       where to listen; 0 takes a free port (default: 7001)
  --host <address>      what to bind (default: 127.0.0.1); anything else takes another password than root
  --origin <url>        how else browsers reach it, through a proxy: https://console.example.com; may be given several times
  --data <folder>       where users and the audit log are kept (default: ~/.local/state/tsubo/admin)
  --config <file>       dubbo-admin's application.properties: admin.registry.address, server.port, server.address,
                        admin.root.user.name, admin.root.user.password
  --help                this text

Variables with the names of those settings win over the file (ADMIN_REGISTRY_ADDRESS, ADMIN_ROOT_USER_PASSWORD), options over both.
Ends at Ctrl-C or SIGTERM.
`

/** Runs the console until it is told to end. Exit codes: 0 ended in good order, 1 it can't start, 2 wrong usage. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      registry: { type: 'string' },
      port: { type: 'string' },
      host: { type: 'string' },
      origin: { type: 'string', multiple: true, default: [] },
      data: { type: 'string' },
      config: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const [{ startAdmin }, { openRegistry }, { adminSettings, portOf }, { UsageError }, { printable }] =
    await Promise.all([
      import('../admin/server.js'),
      import('tsubo'),
      import('./admin-settings.js'),
      import('./provided.js'),
      import('./table.js'),
    ])
  const tell = (message: string) => void process.stderr.write(`tsubo admin: ${printable(message)}\n`)
  const usage = (problem: string): number => {
    tell(problem)
    process.stderr.write('tsubo admin --help shows what it takes\n')
    return 2
  }
  let settings: ReturnType<typeof adminSettings>
  let registry: ReturnType<typeof openRegistry>
  let port: number | undefined
  let origins: string[]
  try {
    settings = adminSettings(values.config, process.env)
    port = values.port === undefined ? settings.port : portOf(values.port, '--port')
    origins = values.origin.map((text) => originOf(text, UsageError))
    registry = openRegistry(values.registry ?? settings.registry ?? defaultRegistry(), { onWarning: tell })
  } catch (error) {
    if (error instanceof UsageError || error instanceof RangeError) return usage(error.message)
    throw error
  }
  const host = values.host ?? settings.host
  let admin: RunningAdmin
  try {
    admin = await startAdmin({
      registry,
      origins,
      first: { name: settings.name ?? 'root', password: settings.password ?? 'root' },
      onWarning: tell,
      ...(host !== undefined && { host }),
      ...(port !== undefined && { port }),
      ...(values.data !== undefined && { data: values.data }),
    })
  } catch (error) {
    await registry.close()
    tell(cannotStart(error as NodeJS.ErrnoException, `${host ?? '127.0.0.1'}:${port ?? 7001}`))
    return 1
  }
  process.stdout.write(`console is ready at ${admin.url}, of ${registry.name}\n`)
  if (admin.defaultPassword)
    process.stdout.write('  log in as root with the password root, and change it: everybody knows it\n')
  await new Promise<void>((done) => {
    process.once('SIGINT', done)
    process.once('SIGTERM', done)
  })
  await admin.close()
  await registry.close()
  return 0
}

function originOf(text: string, Wrong: new (message: string) => Error): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.origin === text.replace(/\/$/, '')) return url.origin
  throw new Wrong(`--origin ${text}: write https://host or https://host:port`)
}

function cannotStart({ code, message }: NodeJS.ErrnoException, place: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `something listens at ${place} already, perhaps another console; end it, or take another --port`
    case 'EACCES':
      return `${place} needs more rights than you have; take a --port above 1023`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${place} is no address of this machine; take another --host`
    default:
      return message
  }
}
