import { readFileSync } from 'node:fs'
import type { Registry } from 'tsubo'
import type { Change } from '../runtime/rule/administration.js'
import type { Delivery } from '../runtime/rule/delivery.js'
import type { Match } from '../runtime/rule/dry-run.js'
import { nearest } from '../runtime/schema/nearest.js'
import { defaultRegistry } from './default-registry.js'
import { lineDiff } from './line-diff.js'
import { parseArgs } from './parse-args.js'
import { UsageError } from './provided.js'
import { printable } from './table.js'

export const summary = 'look at the rules that govern calls, check, write and take back'

const help = `Usage: tsubo rule get                        the rules that there are
       tsubo rule get <rule>                 its text, and who goes by it; --history: what it has been
       tsubo rule set <rule> <file>          checks it, shows what changes, writes it; - reads from stdin
       tsubo rule rollback <rule> [revision] what was there before, or that revision of its history
       tsubo rule dry-run <rule> [file]      what it would match of what is registered now; writes nothing

  <rule>                the name of its node, as Dubbo has it:
                          <application>.tag-router
                          <application>.condition-router   <service>:<version>:<group>.condition-router
                          <application>.configurators      <service>:<version>:<group>.configurators
  --history             get: what the rule has been, newest first
  --registry <address>  zookeeper://[user:password@]host:port[,host:port][/chroot]
                        (default: DUBBO_REGISTRY_ADDRESS, else zookeeper://127.0.0.1:2181)
  --json                data in place of text
  --help                this text

Rules are in force on every consumer within a second. docs/governance.md has their forms.
Exit codes: 0 done, 1 failed or not a rule, 2 wrong usage.
`

const actions = ['get', 'set', 'rollback', 'dry-run'] as const
type Action = (typeof actions)[number]

interface Work {
  readonly registry: Registry
  readonly key: string
  /** What follows the rule's name. */
  readonly more: string | undefined
  readonly json: boolean
  readonly history: boolean
  print(text: string): void
  /** What isn't the answer itself. */
  tell(text: string): void
}

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      registry: { type: 'string' },
      history: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const [name, key, more, ...extra] = positionals
  const action = actions.find((each) => each === name)
  if (!action) return usage(notAnAction(name))
  const wrong = await wrongArguments(action, key, more, extra, values.history)
  if (wrong) return usage(wrong)

  const { openRegistry } = await import('tsubo')
  const address = values.registry ?? defaultRegistry()
  let registry: Registry
  try {
    registry = openRegistry(address, { onWarning() {} })
  } catch (error) {
    return usage((error as Error).message)
  }
  try {
    if (!registry.ruleStore) return usage(`${registry.name} keeps no rules; give a zookeeper:// registry`)
    return await commands[action]({
      registry,
      key: key ?? '',
      more,
      json: values.json,
      history: values.history,
      print: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
      tell: (text) => void process.stderr.write(`${text}\n`),
    })
  } catch (error) {
    if (error instanceof UsageError) return usage(error.message)
    process.stderr.write(`tsubo rule: ${printable((error as Error).message.split('\n')[0] ?? '')}\n`)
    return 1
  } finally {
    await registry.close()
  }
}

const commands: Readonly<Record<Action, (work: Work) => Promise<number>>> = {
  get: (work) => (work.key === '' ? list(work) : work.history ? listHistory(work) : show(work)),

  async set(work) {
    const { registry, key, more: file = '' } = work
    const { changeRule } = await administration()
    return done(work, await named(file, changeRule(registry, key, textOf(file))))
  },

  async rollback(work) {
    const { rollBackRule } = await administration()
    const { registry, key, more } = work
    return done(work, await rollBackRule(registry, key, more))
  },

  async 'dry-run'({ registry, key, more, print, tell, json }) {
    const { tryRule } = await administration()
    const { matches, hint } = await named(
      more ?? key,
      tryRule(registry, key, more === undefined ? undefined : textOf(more)),
    )
    if (hint) tell(hint)
    print(json ? JSON.stringify({ rule: key, matches }, undefined, 2) : matchesText(matches))
    return 0
  },
}

/** What all of it is done by; it loads what reads YAML. */
function administration() {
  return import('../runtime/rule/administration.js')
}

async function list({ registry, print, json }: Work): Promise<number> {
  const keys = await (await administration()).listRules(registry)
  if (json) print(JSON.stringify(keys))
  else print(keys.length === 0 ? 'there are no rules' : keys.map(printable).join('\n'))
  return 0
}

async function show({ registry, key, print, tell, json }: Work): Promise<number> {
  const rule = await (await administration()).inspectRule(registry, key)
  if (!rule) {
    tell(`tsubo rule get: there is no ${key}`)
    return 1
  }
  const { revision, changedAt, text, delivery } = rule
  if (json) {
    print(JSON.stringify({ rule: key, revision, changedAt, text, delivery }, undefined, 2))
    return 0
  }
  tell(`revision ${revision}, written ${changedAt.toISOString()}; ${deliveryText(delivery)}`)
  const { refusing, waiting } = delivery
  for (const { consumer, reason } of refusing.slice(0, 5)) tell(printable(`${consumer} refuses it: ${reason}`))
  for (const { consumer, revision } of waiting.slice(0, 5)) {
    tell(printable(`${consumer} ${revision ? `goes by revision ${revision}` : 'has not said what it goes by'} yet`))
  }
  print(text.replace(/[^\n\t]+/g, (line) => printable(line)))
  return 0
}

function deliveryText({ consumers, applied, silent }: Delivery): string {
  const java = silent > 0 ? `; ${silent} of Java, which do not say` : ''
  if (consumers === 0) return `no consumer that it is for is registered${java}`
  const they = consumers === 1 ? 'consumer goes' : 'consumers go'
  return `${applied} of ${consumers} ${they} by it (they say so within 5 s)${java}`
}

async function listHistory({ registry, key, print, json }: Work): Promise<number> {
  const entries = await (await administration()).ruleHistory(registry, key)
  const line = ({ revision, replacedAt, text }: (typeof entries)[number]) =>
    `${revision}  until ${printable(replacedAt)}  ${text === null ? 'no rule' : `${Buffer.byteLength(text)} bytes`}`
  if (json) print(JSON.stringify(entries, undefined, 2))
  else print(entries.length === 0 ? `${key} has no history` : entries.map(line).join('\n'))
  return 0
}

/** Shows what has changed. */
function done({ key, print, tell, json }: Work, { changed, revision, before, after, matches, hint }: Change): number {
  if (hint) tell(hint)
  if (json) {
    print(JSON.stringify({ rule: key, changed, ...(changed && { revision, matches }) }))
    return 0
  }
  const deleted = revision === 'none'
  if (!changed) {
    print(`${key} ${deleted ? 'is deleted' : 'says that'} already`)
    return 0
  }
  const says = deleted ? `${key} is deleted, as it was before` : `${key} is revision ${revision} now`
  const parts = [...lineDiff(before, after).map(printable), ...(matches.length > 0 ? [matchesText(matches)] : [])]
  print([...parts, `${says}; tsubo rule rollback ${key} takes it back`].join('\n'))
  return 0
}

/** Says in which file it is that something is no rule. */
async function named<T>(file: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'RuleError') throw error
    throw new Error(`${file === '-' ? 'stdin' : file}: ${error.message}`)
  }
}

function matchesText(matches: readonly Match[]): string {
  return matches.length === 0 ? 'it says nothing, so it matches nothing' : matches.map(matchText).join('\n')
}

function matchText({ part, of, matched, among, note }: Match): string {
  const shown = [...matched.slice(0, 10), ...(matched.length > 10 ? ['...'] : [])].join(', ')
  if (among === 0) return printable(`${part} matches nothing: no ${of} that it could be for are registered`)
  const text = `${part} matches ${matched.length} of ${among} ${of}${shown ? `: ${shown}` : ''}${note ? `; ${note}` : ''}`
  return printable(text)
}

/** A rule's text from a file, or from stdin. */
function textOf(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    const { code } = error as { code?: string }
    throw new UsageError(code === 'ENOENT' ? `there is no file ${file}` : `${file}: ${(error as Error).message}`)
  }
}

function notAnAction(name: string | undefined): string {
  if (name === undefined) return `say what to do: ${actions.join(', ')}`
  const meant = nearest(name, [...actions])
  return `there is no "tsubo rule ${name}"; ${meant ? `did you mean "${meant}"?` : `there are ${actions.join(', ')}`}`
}

async function wrongArguments(
  action: Action,
  key: string | undefined,
  more: string | undefined,
  extra: readonly string[],
  history: boolean,
): Promise<string | undefined> {
  if (history && action !== 'get') return `--history belongs to get, not to ${action}`
  if (key === undefined)
    return action === 'get' ? undefined : `${action} needs a rule: tsubo rule ${action} shop.tag-router`
  const { ruleKinds, ruleKindOf } = await import('../runtime/rule/read-rule.js')
  if (!ruleKindOf(key)) {
    const [, ending = ''] = /\.([^.]*)$/.exec(key) ?? []
    const meant = nearest(ending, [...ruleKinds])
    return `${printable(key)} is no rule: ${meant ? `did you mean .${meant}?` : `their names end with ${ruleKinds.map((kind) => `.${kind}`).join(', ')}`}`
  }
  if (key.includes('/') || printable(key) !== key)
    return `${printable(key)} has characters that a rule's name can't have`
  if (action === 'set' && more === undefined) return `set needs a file: tsubo rule set ${key} rule.yaml`
  const surplus = action === 'get' && more !== undefined ? [more, ...extra] : extra
  return surplus.length > 0 ? `${surplus.join(' ')} is too much` : undefined
}

function usage(problem: string): number {
  process.stderr.write(`tsubo rule: ${problem}\ntsubo rule --help shows what it takes\n`)
  return 2
}
