import type { ListedService, Listing, Registry } from 'tsubo'
import { defaultRegistry } from './default-registry.js'
import type { View } from './ls-views.js'
import { parseArgs } from './parse-args.js'

export const summary = 'list who provides and who consumes what, as a registry knows it'

const help = `Usage: tsubo ls [services | providers | consumers | applications] [--registry <address>] [--json] [--watch]

Lists what is registered, also by Java applications: what is there at a glance (services, the default), or every entry.

  --registry <address>  zookeeper://127.0.0.1:2181; may be given several times
                        (default: DUBBO_REGISTRY_ADDRESS, else zookeeper://127.0.0.1:2181)
  --json                data in place of a table; with --watch one line for every change
  --watch               go on, and list again after every change
  --help                this text
`

const views = ['services', 'providers', 'consumers', 'applications'] as const

/** Exit codes: 0 listed, 1 the registry can't be reached or can't list, 2 wrong usage. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      registry: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const [what = 'services', ...more] = positionals
  const view = views.find((each) => each === what)
  if (!view || more.length > 0) {
    const { nearest } = await import('../runtime/schema/nearest.js')
    const meant = views.find((each) => each.startsWith(what)) ?? nearest(what, [...views])
    const hint = !view && meant ? `did you mean "${meant}"?` : `list ${views.join(', ')}: one of them`
    process.stderr.write(`tsubo ls: ${positionals.join(' ')}: ${hint}\n`)
    return 2
  }
  const [{ openRegistry }, { viewsOf, jsonOf }, { table }] = await Promise.all([
    import('tsubo'),
    import('./ls-views.js'),
    import('./table.js'),
  ])
  const addresses = values.registry ?? [defaultRegistry()]
  const registries: Registry[] = []
  try {
    // Who looks once is told by the error; who watches wants to know that it goes on.
    const quiet = values.watch ? {} : { onWarning() {} }
    for (const address of addresses) registries.push(openRegistry(address, quiet))
    for (const { name, catalog } of registries) {
      if (!catalog) throw new Error(`${name} can't list: ${whyNot(name)}`)
    }
    const show = (services: readonly ListedService[], stale: boolean): void => {
      const shown: View = viewsOf(view, services)
      if (values.json) {
        const data = jsonOf(view, services)
        process.stdout.write(`${values.watch ? JSON.stringify(data) : JSON.stringify(data, undefined, 2)}\n`)
        return
      }
      const clear = values.watch && process.stdout.isTTY ? '\x1b[2J\x1b[H' : ''
      const names = registries.map(({ name }) => name).join(', ')
      const head = values.watch
        ? `${names}  ${new Date().toISOString()}${stale ? '  away: its last word' : ''}\n\n`
        : ''
      const text = shown.rows.length === 0 ? `no ${view} in ${names}\n` : table(shown.heads, shown.rows)
      process.stdout.write(`${clear}${head}${text}${values.watch && !clear ? '\n' : ''}`)
      // What can't be read is no data: it goes where talk goes.
      for (const { name, skipped } of services) {
        for (const { entry, reason } of skipped.slice(0, 3)) {
          process.stderr.write(`${name}: an entry ${reason}: ${JSON.stringify(entry.slice(0, 120))}\n`)
        }
        if (skipped.length > 3) process.stderr.write(`${name}: ${skipped.length - 3} more entries can't be read\n`)
      }
    }
    return await follow(registries, values.watch, show)
  } finally {
    await Promise.all(registries.map((registry) => registry.close()))
  }
}

/** Shows the first whole listing of all registries, and with `on` every later one until the process is told to end. */
function follow(
  registries: readonly Registry[],
  on: boolean,
  show: (services: readonly ListedService[], stale: boolean) => void,
): Promise<number> {
  return new Promise((done, fail) => {
    const known: Listing[] = registries.map(() => ({ state: 'pending' }))
    const stops: (() => void)[] = []
    let last = ''
    const end = (finish: () => void) => {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
      for (const stop of stops.splice(0)) stop()
      finish()
    }
    const stop = () => end(() => done(0))
    if (on) process.on('SIGINT', stop).on('SIGTERM', stop)
    const changed = (): void => {
      const failed = known.find((listing) => listing.state === 'failed')
      // Watching goes on: a registry that is away comes back.
      if (failed && !on) {
        end(() => fail(failed.cause))
        return
      }
      const found = known.filter((listing) => listing.state === 'found')
      if (found.length < known.length) return
      const services = united(found.flatMap((listing) => listing.services))
      const stale = found.some((listing) => listing.stale)
      const text = JSON.stringify([services, stale], (_key, value: unknown) =>
        value instanceof Map ? [...value] : value,
      )
      if (text === last) return
      last = text
      try {
        show(services, stale)
      } catch (error) {
        end(() => fail(error))
        return
      }
      if (!on) stop()
    }
    registries.forEach(({ catalog }, index) => {
      stops.push(
        catalog?.watch((listing) => {
          known[index] = listing
          changed()
        }) ?? (() => {}),
      )
    })
  })
}

/** Services of the same name in several registries are one. */
function united(services: readonly ListedService[]): ListedService[] {
  const byName = new Map<string, ListedService>()
  for (const service of services) {
    const other = byName.get(service.name)
    byName.set(
      service.name,
      other
        ? {
            name: service.name,
            providers: [...other.providers, ...service.providers],
            consumers: [...other.consumers, ...service.consumers],
            skipped: [...other.skipped, ...service.skipped],
          }
        : service,
    )
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function whyNot(name: string): string {
  if (name.startsWith('static://')) return 'it is a fixed list of addresses and knows no services'
  if (name.startsWith('memory://')) return 'it lives within one process, and this is another one'
  return 'it keeps no list'
}
