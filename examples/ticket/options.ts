import { type ParseArgsConfig, parseArgs } from 'node:util'
import { openRegistry, type Registry } from 'tsubo'

type Options = NonNullable<ParseArgsConfig['options']>

/** What both applications of the tutorial take. */
const common = {
  registry: { type: 'string', multiple: true },
  port: { type: 'string' },
  host: { type: 'string' },
  advertise: { type: 'string' },
  group: { type: 'string' },
  version: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} satisfies Options

const commonHelp = `  --registry <address>   zookeeper://127.0.0.1:2181, static://127.0.0.1:20880, memory://name; may be given several times
  --port <number>        where to listen; 0 takes a free port
  --host <address>       what to bind to; default: loopback for a loopback registry, else everything
  --advertise <h:p>      what to publish instead of the address found out
  --group <name>         Dubbo's group of the ticket service
  --version <text>       Dubbo's version of the ticket service
  -h, --help             this text`

/** Reads the command line. Prints help, or what is wrong with it, and ends the process where there is nothing to run. */
export function readOptions<T extends Options>(usage: string, more: T, moreHelp = '') {
  const help = `usage: ${usage}\n\n${commonHelp}${moreHelp && `\n${moreHelp}`}`
  try {
    const { values } = parseArgs({ options: { ...common, ...more } as typeof common & T, strict: true })
    if ('help' in values) {
      console.log(help)
      process.exit(0)
    }
    return values
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`)
    process.exit(2)
  }
}

/** A port from the command line; ends the process when it is none. */
export function readPort(text: string, option = '--port'): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port < 65536) return port
  console.error(`${option} ${text}: a port is a number from 0 to 65535`)
  process.exit(2)
}

/** Only what was given: an option that wasn't is absent, not undefined. */
export function given<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}

/** Opens the registry, or ends the process with what is wrong with its address. */
export function openOrEnd(application: string, addresses: readonly string[]): Registry {
  try {
    return openRegistry(addresses)
  } catch (error) {
    console.error(`${application}: ${(error as Error).message}`)
    process.exit(2)
  }
}
