import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Listing, Registry } from 'tsubo'
import type { RuleReport, RuleStore } from '../runtime/registry/rule-store.js'
import { nearest } from '../runtime/schema/nearest.js'
import { defaultRegistry } from './default-registry.js'
import { lineDiff } from './line-diff.js'
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
  readonly store: RuleStore
  readonly key: string
  /** What follows the rule's name. */
  readonly more: string | undefined
  readonly json: boolean
  readonly history: boolean
  print(text: string): void
  /** What isn't the answer itself. */
  tell(text: string): void
}

const answerMs = 10_000

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
    const { ruleStore: store } = registry
    if (!store) return usage(`${registry.name} keeps no rules; give a zookeeper:// registry`)
    return await commands[action]({
      registry,
      store,
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
    const after = textOf(work.more ?? '')
    const matches = await dryRunOf(work, after, work.more ?? '')
    return replace(work, after, matches)
  },

  async rollback(work) {
    const { store, key, more, tell } = work
    const { formerRules } = await import('../runtime/rule/history.js')
    const entries = await formerRules(store, key)
    const entry = more === undefined ? entries[0] : entries.find(({ revision }) => revision === more)
    if (!entry) {
      const known = entries.map(({ revision }) => revision).join(', ')
      const why =
        more === undefined || entries.length === 0 ? `${key} has no history` : `${key} has been ${known}, not ${more}`
      tell(`tsubo rule rollback: ${why}; tsubo rule set writes one`)
      return 1
    }
    const after = entry.text === null ? undefined : Buffer.from(entry.text)
    // What somebody else wrote there may never have been a rule.
    const matches = after && after.length > 0 ? await dryRunOf(work, after, `revision ${entry.revision}`) : []
    return replace(work, after, matches)
  },

  async 'dry-run'(work) {
    const { store, key, more, print, json } = work
    const text = more === undefined ? (await store.read(key))?.data : textOf(more)
    if (!text) throw new Error(`there is no ${key}; name a file to try`)
    const matches = await dryRunOf(work, text, more ?? key)
    print(json ? JSON.stringify({ rule: key, matches }, undefined, 2) : matches.map(matchText).join('\n'))
    return 0
  },
}

async function list({ store, print, json }: Work): Promise<number> {
  const { ruleKindOf } = await import('../runtime/rule/read-rule.js')
  const keys = (await store.keys()).filter((key) => ruleKindOf(key))
  if (json) print(JSON.stringify(keys))
  else print(keys.length === 0 ? 'there are no rules' : keys.map(printable).join('\n'))
  return 0
}

async function show({ registry, store, key, print, tell, json }: Work): Promise<number> {
  const { revisionOf } = await import('../runtime/rule/revision.js')
  const [kept, reports, expected] = await Promise.all([store.read(key), store.reports(), concerned(registry, key)])
  if (!kept) {
    tell(`tsubo rule get: there is no ${key}`)
    return 1
  }
  const revision = revisionOf(kept.data)
  const said = reports.map((each) => ({ who: `${each.application} at ${each.host}`, ...verdict(each, key, revision) }))
  const going = said.filter(({ goes }) => goes)
  const refusing = said.flatMap(({ who, refused }) => (refused === undefined ? [] : [{ who, reason: refused }]))
  const text = Buffer.from(kept.data).toString()
  if (json) {
    const applied = { consumers: expected, goBy: going.length, refusing }
    print(JSON.stringify({ rule: key, revision, changedAt: kept.changedAt, text, applied }, undefined, 2))
    return 0
  }
  const consumers =
    expected === 0
      ? 'no consumer that it is for is registered'
      : `${going.length} of ${expected} consumers go by it (they say so within 5 s)`
  tell(`revision ${revision}, written ${kept.changedAt.toISOString()}; ${consumers}`)
  for (const { who, reason } of refusing.slice(0, 5)) tell(`${printable(who)} refuses it: ${printable(reason)}`)
  print(text.replace(/[^\n\t]+/g, (line) => printable(line)))
  return 0
}

function verdict({ rules }: RuleReport, key: string, revision: string): { goes: boolean; refused: string | undefined } {
  const applied = Object.hasOwn(rules, key) ? rules[key] : undefined
  const refused = applied?.refused?.revision === revision ? applied.refused.reason : undefined
  return { goes: applied?.revision === revision, refused }
}

async function concerned(registry: Registry, key: string): Promise<number> {
  const { consumersOf } = await import('../runtime/rule/dry-run.js')
  return consumersOf(key, await servicesOf(registry)).length
}

async function listHistory({ store, key, print, json }: Work): Promise<number> {
  const { formerRules } = await import('../runtime/rule/history.js')
  const entries = await formerRules(store, key)
  const line = ({ revision, replacedAt, text }: (typeof entries)[number]) =>
    `${revision}  until ${printable(replacedAt)}  ${text === null ? 'no rule' : `${Buffer.byteLength(text)} bytes`}`
  if (json) print(JSON.stringify(entries, undefined, 2))
  else print(entries.length === 0 ? `${key} has no history` : entries.map(line).join('\n'))
  return 0
}

/** Shows what changes, and writes it. */
async function replace(
  { store, key, print, json }: Work,
  after: Uint8Array | undefined,
  matches: readonly Match[],
): Promise<number> {
  const [{ replaceRule, noRule }, { revisionOf }] = await Promise.all([
    import('../runtime/rule/history.js'),
    import('../runtime/rule/revision.js'),
  ])
  const before = await store.read(key)
  if (before && after ? Buffer.compare(before.data, after) === 0 : before === after) {
    print(json ? JSON.stringify({ rule: key, changed: false }) : `${key} ${after ? 'says that' : 'is deleted'} already`)
    return 0
  }
  await replaceRule(store, key, before, after)
  const revision = after ? revisionOf(after) : noRule
  if (json) {
    print(JSON.stringify({ rule: key, changed: true, revision, matches }))
    return 0
  }
  const text = (data: Uint8Array | undefined) => (data ? Buffer.from(data).toString() : '')
  const lines = lineDiff(text(before?.data), text(after)).map(printable)
  const done = after ? `${key} is revision ${revision} now` : `${key} is deleted, as it was before`
  print([...lines, ...matches.map(matchText), `${done}; tsubo rule rollback ${key} takes it back`].join('\n'))
  return 0
}

type Match = Awaited<ReturnType<typeof dryRunOf>>[number]

/** Checks a rule and says what it would match. `source` is what to call it where it is wrong. */
async function dryRunOf({ registry, key, tell }: Work, text: Uint8Array, source: string) {
  const [{ readRule, ruleKindOf }, { RuleError }, { dryRun, scopeOf }] = await Promise.all([
    import('../runtime/rule/read-rule.js'),
    import('../runtime/rule/yaml.js'),
    import('../runtime/rule/dry-run.js'),
  ])
  const kind = ruleKindOf(key)
  if (!kind) throw new UsageError(`${key} is no rule`)
  const rule = await readRule(kind, text).catch((error: unknown) => {
    throw error instanceof RuleError ? new Error(`${source === '-' ? 'stdin' : source}: ${error.message}`) : error
  })
  const services = await servicesOf(registry)
  const { application } = scopeOf(key)
  if (kind !== 'tag-router' && services.some(({ name }) => name === application)) {
    tell(`${key} is the rule of an application; that of the service is ${application}::.${kind}`)
  }
  return dryRun(key, rule, services)
}

function matchText({ part, of, matched, among, note }: Match): string {
  const shown = [...matched.slice(0, 10), ...(matched.length > 10 ? ['...'] : [])].join(', ')
  if (among === 0) return printable(`${part} matches nothing: no ${of} that it could be for are registered`)
  const text = `${part} matches ${matched.length} of ${among} ${of}${shown ? `: ${shown}` : ''}${note ? `; ${note}` : ''}`
  return printable(text)
}

function servicesOf({ name, catalog }: Registry): Promise<Extract<Listing, { state: 'found' }>['services']> {
  if (!catalog) return Promise.resolve([])
  return new Promise((resolve, reject) => {
    const end = (finish: () => void): void => {
      clearTimeout(timer)
      stop()
      finish()
    }
    const late = () => reject(new Error(`${name} has not answered within ${answerMs} ms; does it run there?`))
    const timer = setTimeout(() => end(late), answerMs)
    const stop = catalog.watch((listing) => {
      if (listing.state === 'failed') end(() => reject(listing.cause))
      if (listing.state === 'found') end(() => resolve(listing.services))
    })
  })
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
