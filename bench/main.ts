/** A file of measurements: takes the arguments behind its name, sets the exit code to 1 where a goal is missed. */
interface Command {
  readonly about: string
  load(): Promise<{ run(args: string[]): Promise<void> }>
}

/** What `npm run bench -- <name> [options]` measures. Each tells its own options by `--help`. */
const commands: Readonly<Record<string, Command>> = {
  calls: { about: 'calls and streams against the peers, the run that decides', load: () => import('./calls.js') },
  chaos: { about: 'failed calls while servers die, restart and vanish', load: () => import('./chaos.js') },
  cluster: { about: 'a server of two processes on one port', load: () => import('./cluster.js') },
  fleet: {
    about: 'simulated: many consumers and many providers, and what they do to each other',
    load: () => import('./fleet.js'),
  },
  micro: { about: 'what an interceptor and the counting observer add to a call', load: () => import('./micro.js') },
  dubbo: {
    about: "Dubbo's wire against the native one, hessian 2 against hessian.js",
    load: () => import('./dubbo.js'),
  },
  memory: { about: 'what idle connections, pending calls and slow readers hold', load: () => import('./memory.js') },
  monitor: {
    about: 'what the monitor takes of a core, and how long queries over a day take',
    load: () => import('./monitor.js'),
  },
  otel: { about: 'what traces cost: without an SDK, sampled at 1 %, all of them', load: () => import('./otel.js') },
  pick: { about: 'what choosing a provider costs, by balancer and number', load: () => import('./pick.js') },
}
const byDefault = 'calls'

const [first = '', ...rest] = process.argv.slice(2)
const named = first !== '' && !first.startsWith('-')
const command = commands[named ? first : byDefault]

if (!command) {
  console.error(`bench: there is no ${JSON.stringify(first)}\n\n${usage()}`)
  process.exitCode = 2
} else {
  const args = named ? rest : process.argv.slice(2)
  if (!named && args.some((arg) => arg === '--help' || arg === '-h')) console.log(`${usage()}\n`)
  const { run } = await command.load()
  await run(args)
}

function usage(): string {
  const lines = Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(8)} ${about}`)
  return `npm run bench -- [command] [options]   without a command: ${byDefault}\n\n${lines.join('\n')}`
}
