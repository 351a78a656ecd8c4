import type { Container } from '../container/container.js'
import type { LoadedConfig } from '../container/load-config.js'
import { parseArgs } from './parse-args.js'

export const summary = 'load the services of a project, offer and register them'

const help = `Usage: tsubo serve [--config <file>] [options]

Loads the modules under "scan", offers every implementation of a generated skeleton that they export, and registers it.
Reads tsubo.config.ts (.mts, .js, .mjs, .json) and dubbo.properties of this folder. What wins, the last one first: the
options below, DUBBO_... variables (DUBBO_REGISTRY_ADDRESS), the config file, dubbo.properties.

  --config <file>       this configuration in place of those
  --application <name>  application.name
  --registry <address>  registry.address, e.g. zookeeper://127.0.0.1:2181; may be given several times; N/A: none
  --scan <path>         modules to load: file, folder or pattern; may be given several times
  --port <number>       protocol.port; 0 takes a free one
  --host <address>      protocol.host: what to bind
  --advertise <h:p>     protocol.advertise: what to publish in place of that
  --ops <port>          ops.port: probes, metrics and a switch (docs/operations.md); 0 takes a free one
  --ops-host <address>  ops.host: what to bind for them; default 127.0.0.1
  --monitor             send what is counted to the monitor of the registry (monitor.protocol = registry)
  --on-failure <what>   stop (default) or skip: what a module that can't be loaded does to the others
  --watch               restart when a file of the project changes
  --print               show what it would run by, and where each value comes from; start nothing
  --help                this text
`

const options = {
  config: { type: 'string' },
  application: { type: 'string' },
  registry: { type: 'string', multiple: true },
  scan: { type: 'string', multiple: true },
  port: { type: 'string' },
  host: { type: 'string' },
  advertise: { type: 'string' },
  ops: { type: 'string' },
  'ops-host': { type: 'string' },
  'on-failure': { type: 'string' },
  monitor: { type: 'boolean' },
  watch: { type: 'boolean', default: false },
  print: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Where in a configuration an option belongs. */
const paths = {
  application: 'application.name',
  registry: 'registry.address',
  scan: 'scan',
  port: 'protocol.port',
  host: 'protocol.host',
  advertise: 'protocol.advertise',
  ops: 'ops.port',
  'ops-host': 'ops.host',
  'on-failure': 'onFailure',
  monitor: 'monitor.protocol',
} as const

/** Runs a container until it is told to end. Exit codes: 0 ended in good order, 1 it can't start, 2 wrong usage. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  if (values.watch && !values.print) {
    const { serveAndWatch } = await import('./serve-watch.js')
    return serveAndWatch(
      args.filter((arg) => arg !== '--watch'),
      values.config,
    )
  }
  const { loadConfig } = await import('../container/load-config.js')
  const told = new Map(
    Object.entries(paths).flatMap(([option, path]) => {
      const given = values[option as keyof typeof paths]
      const value = given === true ? 'registry' : given
      return value === undefined ? [] : [[path, { value, option: `--${option}` }] as const]
    }),
  )
  try {
    const config = await loadConfig({ file: values.config, options: told })
    for (const note of config.notes) process.stderr.write(`${note}\n`)
    if (!values.print) return await serve(config)
    const { printConfig } = await import('../container/print-config.js')
    process.stdout.write(printConfig(config))
    return 0
  } catch (error) {
    const { ConfigError } = await import('../container/config.js')
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`tsubo serve: ${error.message.replaceAll('\n', '\n  ')}\n`)
    return 1
  }
}

async function serve(config: LoadedConfig): Promise<number> {
  const { createContainer, messageOf, StartError } = await import('../container/container.js')
  const { closeOnSignals, describeServer, formatServiceKey } = await import('tsubo')
  const { parent } = await import('./serve-watch-child.js')
  const { name } = config.settings.application
  let container: Container
  try {
    container = await createContainer(config)
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    for (const failure of error.failures) reportFailure(failure.name, messageOf(failure.error, config.folder))
    const hint = config.settings.onFailure === 'stop' ? ' (onFailure: skip leaves such modules out)' : ''
    process.stderr.write(`tsubo serve: nothing was started${hint}\n`)
    return 1
  }
  for (const failure of container.failures)
    reportFailure(failure.name, `${messageOf(failure.error, config.folder)}; left out`)
  let ending = false
  closeOnSignals([container], {
    onSignal() {
      ending = true
      process.stdout.write(`${name}: ending, once its calls are done\n`)
    },
  })
  const { protocol, ops: opsAt } = config.settings
  await parent?.loaded(Math.max(protocol.port ?? 0, opsAt?.port ?? 0))
  // An answer that takes long is worth a word: nothing is wrong here, the registry is away.
  const waiting = setTimeout(
    () => process.stderr.write(`${name}: waiting for ${config.settings.registry.address.map(masked).join(', ')}\n`),
    3000,
  )
  try {
    const { running, registry, ops } = await container.open()
    process.stdout.write(
      `${name} is ready at ${describeServer(running)}, ${registry ? `registered in ${registry}` : 'registered nowhere'}\n`,
    )
    for (const { key, from } of container.services) process.stdout.write(`  ${formatServiceKey(key)}  from ${from}\n`)
    if (container.services.length === 0) process.stdout.write('  no service: it only calls others\n')
    if (ops) process.stdout.write(`  ops endpoint at ${ops}\n`)
    parent?.ready()
  } catch (error) {
    if (!ending) {
      process.stderr.write(`tsubo serve: ${messageOf(error)}\n`)
      await container.close()
      return 1
    }
  } finally {
    clearTimeout(waiting)
  }
  // The process ends by a signal.
  return new Promise(() => {})
}

function reportFailure(name: string, message: string): void {
  process.stderr.write(`tsubo serve: ${name} can't be loaded: ${message}\n`)
}

function masked(address: string): string {
  return address.replace(/\/\/.*@/, '//***@')
}
