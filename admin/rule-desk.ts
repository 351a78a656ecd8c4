import { allLines } from '../cli/line-diff.js'
import type { Catalog, ListedProvider } from '../runtime/registry/catalog.js'
import type { Registry } from '../runtime/registry/registry.js'
import { RuleConflict, type StoredText } from '../runtime/registry/rule-store.js'
import {
  type Change,
  changeRule,
  type RuleOffice,
  rollBackRule,
  ruleHistory,
  tryRule,
} from '../runtime/rule/administration.js'
import { type Delivery, deliveryOf } from '../runtime/rule/delivery.js'
import { scopeOf } from '../runtime/rule/dry-run.js'
import { type FormerRule as Former, noRule } from '../runtime/rule/history.js'
import { type RuleKind, readRule, ruleKindOf } from '../runtime/rule/read-rule.js'
import { revisionOf } from '../runtime/rule/revision.js'
import { RuleError, readYaml, writeYaml } from '../runtime/rule/yaml.js'
import type {
  DiffLine,
  FormerRule,
  RuleKind as Kind,
  OverrideForm,
  RuleContent,
  RuleDetail,
  RuleDraft,
  RuleForm,
  RuleIntent,
  RulePreview,
  RuleRow,
  RuleTraffic,
} from './api.js'
import { addressOf, type Inventory, keyText } from './inventory.js'
import { Problem } from './problem.js'
import type { KnownRule, RuleBook } from './rule-book.js'

const maxMatched = 100

/** Where rules are read, tried, written and taken back. Everything that needs the registry rejects with a Problem while it is away. */
export interface RuleDesk {
  row(rule: KnownRule): RuleRow
  detail(key: string): Promise<RuleDetail | undefined>
  preview(key: string, content: RuleContent): Promise<RulePreview>
  /** undefined deletes it. */
  change(key: string, content: RuleContent | undefined, expected: string): Promise<Change>
  rollBack(key: string, revision: string | undefined, expected: string): Promise<Change>
  history(key: string): Promise<FormerRule[]>
  delivery(key: string): Promise<Delivery>
  draft(intent: RuleIntent): Promise<RuleDraft>
}

/** How a rule would have changed where the last minute's calls went; undefined: nobody knows. */
export type TrafficOf = (key: string, kind: RuleKind, text: Uint8Array) => Promise<RuleTraffic | undefined>

export function openRuleDesk(registry: Registry, inventory: Inventory, book: RuleBook, trafficOf: TrafficOf): RuleDesk {
  /** What is registered is known here already. */
  const catalog: Catalog = {
    watch(found) {
      const services = inventory.services.map(({ listed }) => listed)
      queueMicrotask(() => found({ state: 'found', services, stale: false }))
      return () => {}
    },
  }
  const office: RuleOffice = {
    name: registry.name,
    catalog,
    ...(registry.ruleStore && { ruleStore: registry.ruleStore }),
  }
  const store = () => {
    if (!office.ruleStore) throw new Problem('unavailable', `${registry.name} keeps no rules`)
    return office.ruleStore
  }
  const reading = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw problemOf(error)
    })
  const readKept = (key: string): Promise<StoredText | undefined> => reading(store().read(key))

  const textOf = async (key: string, content: RuleContent): Promise<string> => {
    if ('text' in content) return content.text
    const kept = await readKept(key)
    // JSON and YAML have no undefined: what the form leaves out isn't there.
    const form = JSON.parse(JSON.stringify(content.form)) as Record<string, unknown>
    return reading(writeYaml(form, kept && Buffer.from(kept.data).toString()))
  }

  return {
    row,
    async detail(key) {
      const known = book.get(key)
      // While the registry is away its last word is shown.
      if (inventory.status.state === 'away')
        return known && { ...row(known), text: known.text, ...(await formOf(known.text)) }
      const kept = await readKept(key)
      if (!kept || kept.data.length === 0) return undefined
      return detailOf(key, kept)
    },

    async preview(key, content) {
      const kind = kindOf(key)
      const [text, kept] = await Promise.all([textOf(key, content), readKept(key)])
      const data = Buffer.from(text)
      const before = kept ? Buffer.from(kept.data).toString() : ''
      const head = {
        key,
        kind: kind as Kind,
        text,
        revision: revisionOf(data),
        diff: diffOf(before, text),
        changed: before !== text,
        expected: kept ? revisionOf(kept.data) : noRule,
        ...(await formOf(text)),
      }
      try {
        // First whether it is one: what is none moves nothing, and clients that go by it would warn.
        const { matches, hint } = await tryRule(office, key, data)
        const traffic = await trafficOf(key, kind, data)
        return {
          ...head,
          matches: matches.map((match) => ({
            ...match,
            matched: match.matched.slice(0, maxMatched),
            count: match.matched.length,
          })),
          ...(traffic && { traffic }),
          warnings: hint === undefined ? [] : [hint],
        }
      } catch (error) {
        if (!(error instanceof RuleError)) throw problemOf(error)
        const line = lineIn(error.message)
        return {
          ...head,
          problem: { message: error.message, ...(line !== undefined && { line }) },
          matches: [],
          warnings: [],
        }
      }
    },

    async change(key, content, expected) {
      const text = content && Buffer.from(await textOf(key, content))
      if (text?.length === 0) throw new Problem('invalid', 'a rule is not empty; delete it', { field: 'text' })
      return reading(changeRule(office, key, text, expected))
    },
    rollBack: (key, revision, expected) => reading(rollBackRule(office, key, revision, expected)),
    async history(key) {
      const former: readonly Former[] = await reading(ruleHistory(office, key))
      return former.map(({ revision, replacedAt, text }) => ({ revision, replacedAt, ...(text !== null && { text }) }))
    },
    async delivery(key) {
      const [kept, reports] = await reading(Promise.all([store().read(key), store().reports()]))
      if (!kept) throw new Problem('not_found', `there is no ${key}`)
      const services = inventory.services.map(({ listed }) => listed)
      const delivery = deliveryOf(key, revisionOf(kept.data), reports, services)
      return {
        ...delivery,
        refusing: delivery.refusing.slice(0, maxMatched),
        waiting: delivery.waiting.slice(0, maxMatched),
      }
    },

    async draft(intent) {
      const { name, group = '', version = '' } = intent.service
      const provider = inventory.get(name)?.providers.find((each) => isAt(each, intent.address, group, version))
      if (!provider) {
        throw new Problem('invalid', `${intent.address.slice(0, 100)} is not registered for it`, { field: 'address' })
      }
      const key = `${name}:${version}:${group}.configurators`
      const kept = await readKept(key)
      const text = kept && Buffer.from(kept.data).toString()
      const before = text === undefined ? undefined : ((await formOf(text)).form as OverrideForm | undefined)
      if (text !== undefined && !before)
        throw new Problem('conflict', `${key} is there and can't be read; mend it first`)
      const form = drafted(
        before ?? {
          configVersion: 'v3.0',
          scope: 'service',
          key: key.slice(0, -'.configurators'.length),
          enabled: true,
          configs: [],
        },
        intent,
      )
      return { key, form, text: await writeYaml(form as unknown as Record<string, unknown>, text) }
    },
  }
}

/** Throws a Problem for what is the name of no rule. */
export function kindOf(key: string): RuleKind {
  const kind = ruleKindOf(key)
  if (!kind || key.length > 512 || /[/\p{Cc}\p{Cs}]/u.test(key)) {
    throw new Problem(
      'not_found',
      'that is the name of no rule; they end with .tag-router, .condition-router or .configurators',
    )
  }
  return kind
}

function row(rule: KnownRule): RuleRow {
  const { key, kind, service, application, revision, changedAt, invalid } = rule
  return {
    key,
    kind,
    ...(service && { service: keyText(service) }),
    ...(application !== undefined && { application }),
    revision,
    changedAt: changedAt.toISOString(),
    enabled: isEnabled(rule),
    ...(invalid !== undefined && { invalid }),
  }
}

function isEnabled({ rule, text }: KnownRule): boolean {
  switch (rule?.kind) {
    case 'tag-router':
      return rule.tag.enabled !== false
    case 'condition-router':
      return rule.condition.enabled !== false
    default:
      return !/^enabled:\s*false\b/m.test(text)
  }
}

async function detailOf(key: string, { data, changedAt }: StoredText): Promise<RuleDetail> {
  const kind = kindOf(key)
  const text = Buffer.from(data).toString()
  const scope = scopeOf(key)
  const rule = await readRule(kind, data).catch((error: Error) => error)
  const known: KnownRule = {
    key,
    kind,
    service: scope.service,
    application: scope.application,
    text,
    revision: revisionOf(data),
    changedAt,
    rule: rule instanceof Error ? undefined : rule,
    invalid: rule instanceof Error ? rule.message.slice(0, 500) : undefined,
  }
  return { ...row(known), text, ...(await formOf(text)) }
}

/** A rule's text as data; nothing where it is none, or a list of URLs. */
async function formOf(text: string): Promise<{ readonly form?: RuleForm }> {
  try {
    const { value } = await readYaml(Buffer.from(text))
    const isForm = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isForm ? { form: value as RuleForm } : {}
  } catch {
    return {}
  }
}

function diffOf(before: string, after: string): DiffLine[] {
  const kinds = { ' ': 'same', '+': 'added', '-': 'removed' } as const
  return allLines(before, after).map((line) => ({ kind: kinds[line[0] as ' '], text: line.slice(2) }))
}

function lineIn(message: string): number | undefined {
  const line = /^line (\d+): /.exec(message)?.[1]
  return line === undefined ? undefined : Number(line)
}

function problemOf(error: unknown): Error {
  if (error instanceof Problem) return error
  if (error instanceof RuleConflict) return new Problem('conflict', error.message)
  if (error instanceof RuleError) {
    const line = lineIn(error.message)
    return new Problem('invalid', error.message, { field: 'text', ...(line !== undefined && { line }) })
  }
  if (error instanceof RangeError) return new Problem('invalid', error.message)
  return new Problem('unavailable', `the registry doesn't answer: ${(error as Error).message.slice(0, 300)}`)
}

function isAt(provider: ListedProvider, address: string, group: string, version: string): boolean {
  const { service } = provider
  return addressOf(provider) === address && (service.group ?? '') === group && (service.version ?? '') === version
}

/** The item that is about this provider alone gets what is wanted; the others stay as they are. */
function drafted(form: OverrideForm, intent: RuleIntent): OverrideForm {
  const configs = form.configs ?? []
  const isItsOwn = ({
    side,
    addresses,
    providerAddresses,
    applications,
    services,
    match,
  }: OverrideForm['configs'][number]) =>
    side !== 'consumer' &&
    addresses?.length === 1 &&
    addresses[0] === intent.address &&
    !providerAddresses?.length &&
    !applications?.length &&
    !services?.length &&
    match === undefined
  const place = configs.findIndex(isItsOwn)
  const own = configs[place] ?? { side: 'provider' as const, addresses: [intent.address], parameters: {} }
  const { disabled: _, enabled: __, ...others } = own.parameters
  const parameters =
    intent.action === 'weight'
      ? { ...own.parameters, weight: intent.weight }
      : intent.action === 'disable'
        ? { ...others, disabled: true }
        : others
  const item = Object.keys(parameters).length > 0 ? [{ ...own, parameters }] : []
  const next = place < 0 ? [...configs, ...item] : [...configs.slice(0, place), ...item, ...configs.slice(place + 1)]
  return { ...form, configs: next }
}
