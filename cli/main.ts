import { createRequire } from 'node:module'
import { nearest } from '../runtime/schema/nearest.js'

/**
 * What a command's module exports. It loads quickly, since `tsubo --help` loads all of them: whatever is heavy or an
 * optional peer is imported inside `run`.
 */
export interface Command {
  /** One line for `tsubo --help`. */
  readonly summary: string
  /** The optional peers that it loads: missed together, they are named together. */
  readonly peers?: readonly string[]
  /** Runs it with what follows its name and returns the exit code: 0 done, 1 failed, 2 wrong usage. */
  run(args: string[]): Promise<number>
}

/** A command's name leads to its module, loaded on demand. */
export type CommandTable = Readonly<Record<string, () => Promise<Command>>>

/** Every command there is; one file each. */
export const commands: CommandTable = {
  admin: () => import('./admin.js'),
  breaking: () => import('./breaking.js'),
  codegen: () => import('./codegen.js'),
  contract: () => import('./contract.js'),
  invoke: () => import('./invoke.js'),
  ls: () => import('./ls.js'),
  monitor: () => import('./monitor.js'),
  registry: () => import('./registry.js'),
  rule: () => import('./rule.js'),
  serve: () => import('./serve.js'),
  zk: () => import('./zk.js'),
}

const about = createRequire(import.meta.url)('tsubo/package.json') as {
  readonly version: string
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** The `tsubo` command: finds the command named by the first argument, runs it and returns the exit code. */
export async function main(args: string[], table: CommandTable = commands): Promise<number> {
  const [name, ...rest] = args
  switch (name) {
    case undefined:
    case '-h':
    case '--help':
      process.stdout.write(await help(table))
      return 0
    case '-v':
    case '--version':
      process.stdout.write(`${about.version}\n`)
      return 0
    case 'help':
      return rest[0] === undefined ? main(['--help'], table) : main([rest[0], '--help'], table)
  }
  const load = Object.hasOwn(table, name) ? table[name] : undefined
  if (!load) {
    const meant = nearest(name, Object.keys(table))
    const hint = meant ? `did you mean "${meant}"?` : 'tsubo --help lists the commands'
    process.stderr.write(`tsubo: there is no command ${JSON.stringify(name)}; ${hint}\n`)
    return 2
  }
  let command: Command | undefined
  try {
    command = await load()
    return await command.run(rest)
  } catch (error) {
    return report(name, error, command?.peers)
  }
}

async function help(table: CommandTable): Promise<string> {
  const width = Math.max(...Object.keys(table).map((name) => name.length))
  const lines = await Promise.all(
    Object.entries(table).map(async ([name, load]) => {
      const summary = await load().then(
        (command) => command.summary,
        (error: unknown) => missingPeer(error) ?? messageOf(error),
      )
      return `  ${name.padEnd(width)}   ${summary}\n`
    }),
  )
  return `tsubo ${about.version}: services written as TypeScript declarations, called over the network

Usage: tsubo <command> [options]

Commands:
${lines.join('')}
  tsubo <command> --help   shows what a command takes
  tsubo --version          shows the version

Exit codes: 0 done, 1 failed, 2 wrong usage. TSUBO_DEBUG=1 adds the stack to an unexpected error.
`
}

/** Says what went wrong in one line and returns the exit code. */
function report(name: string, error: unknown, peers?: readonly string[]): number {
  const peer = missingPeer(error, peers)
  if (peer) {
    process.stderr.write(`tsubo ${name} ${peer}\n`)
    return 1
  }
  const usage = codeOf(error)?.startsWith('ERR_PARSE_ARGS_') ?? false
  process.stderr.write(`tsubo ${name}: ${messageOf(error).split('\n')[0]}\n`)
  if (process.env.TSUBO_DEBUG === '1') process.stderr.write(`${(error as Error)?.stack ?? ''}\n`)
  else if (usage) process.stderr.write(`tsubo ${name} --help shows what it takes\n`)
  else process.stderr.write('TSUBO_DEBUG=1 shows where\n')
  return usage ? 2 : 1
}

/** For an optional peer that isn't installed: what to type, for all that the command loads, since one is seldom alone missing. */
function missingPeer(error: unknown, together: readonly string[] = []): string | undefined {
  const code = codeOf(error)
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return undefined
  const peers = about.peerDependencies ?? {}
  const missing = /Cannot find (?:package|module) '([^']+)'/.exec(messageOf(error))?.[1]
  if (missing === undefined || !Object.hasOwn(peers, missing)) return undefined
  const all = [...new Set([missing, ...together])].map((peer) => `${peer}@${peers[peer]?.replace(/^[~^]/, '')}`)
  return `needs ${missing}, which is not installed; run: npm install --save-dev ${all.join(' ')}`
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
