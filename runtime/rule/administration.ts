import { listServices } from '../registry/catalog.js'
import type { Registry } from '../registry/registry.js'
import { RuleConflict, type RuleStore, type StoredText } from '../registry/rule-store.js'
import { type Delivery, deliveryOf } from './delivery.js'
import { dryRun, type Match, scopeOf } from './dry-run.js'
import { type FormerRule, formerRules, noRule, replaceRule } from './history.js'
import { readRule, ruleKindOf } from './read-rule.js'
import { revisionOf } from './revision.js'

/** Where operators work: a registry that keeps rules. */
export type RuleOffice = Pick<Registry, 'name' | 'catalog' | 'ruleStore'>

/** A rule as it is kept, and who goes by it. */
export interface InspectedRule {
  readonly key: string
  readonly revision: string
  readonly changedAt: Date
  readonly text: string
  readonly delivery: Delivery
}

/** What a text would match as a rule, of what is registered now. */
export interface Trial {
  readonly revision: string
  readonly matches: readonly Match[]
  /** Which key is probably meant instead. */
  readonly hint?: string
}

/** What was written. */
export interface Change {
  /** False: it said that already, and nothing was written. */
  readonly changed: boolean
  /** `none`: the rule is deleted. */
  readonly revision: string
  /** Empty: there was no rule, or there is none now. */
  readonly before: string
  readonly after: string
  readonly matches: readonly Match[]
  readonly hint?: string
}

/** The keys of all rules. */
export async function listRules(office: RuleOffice): Promise<readonly string[]> {
  return (await storeOf(office).keys()).filter((key) => ruleKindOf(key))
}

/** undefined: there is no such rule. */
export async function inspectRule(office: RuleOffice, key: string): Promise<InspectedRule | undefined> {
  const store = storeOf(office)
  const [kept, reports, services] = await Promise.all([store.read(key), store.reports(), listServices(office)])
  if (!kept) return undefined
  const revision = revisionOf(kept.data)
  const delivery = deliveryOf(key, revision, reports, services)
  return { key, revision, changedAt: kept.changedAt, text: textOf(kept), delivery }
}

/**
 * Checks a text and says what it would match, without writing anything; without a text, what is there. Rejects with RuleError for
 * what is no rule, with RangeError for a key that is none, or where there is nothing to try.
 */
export async function tryRule(office: RuleOffice, key: string, text?: Uint8Array): Promise<Trial> {
  const kind = ruleKindOf(key)
  if (!kind) throw new RangeError(`${key} is the name of no rule`)
  const data = text ?? (await storeOf(office).read(key))?.data
  if (!data) throw new RangeError(`there is no ${key}`)
  const rule = await readRule(kind, data)
  const services = await listServices(office)
  const { application, providers } = scopeOf(key)
  const isService = !providers && services.some(({ name }) => name === application)
  const hint = `${key} is the rule of an application; that of the service is ${application}::.${kind}`
  return { revision: revisionOf(data), matches: dryRun(key, rule, services), ...(isService && { hint }) }
}

/**
 * Checks a text and makes it the rule; undefined deletes it. What was there goes to the rule's history. Rejects as `tryRule` does,
 * and with RuleConflict where somebody else was quicker than this, or than whoever has seen `expected`, a revision.
 */
export async function changeRule(
  office: RuleOffice,
  key: string,
  text: Uint8Array | undefined,
  expected?: string,
): Promise<Change> {
  const store = storeOf(office)
  // What somebody else wrote, and is to come back, may be empty.
  const trial = text && text.length > 0 ? await tryRule(office, key, text) : { matches: [] }
  const kept = await store.read(key)
  if (expected !== undefined && expected !== revisionIn(kept)) throw new RuleConflict(key)
  const change = {
    ...trial,
    revision: text ? revisionOf(text) : noRule,
    before: kept ? textOf(kept) : '',
    after: text ? Buffer.from(text).toString() : '',
  }
  if (change.revision === revisionIn(kept)) return { ...change, changed: false }
  await replaceRule(store, key, kept, text)
  return { ...change, changed: true }
}

/**
 * Makes a rule what it was before, or what it was as `revision`: a change like any other. Rejects with RangeError where its history has
 * no such thing, and else as `changeRule` does.
 */
export async function rollBackRule(
  office: RuleOffice,
  key: string,
  revision?: string,
  expected?: string,
): Promise<Change> {
  const entries = await ruleHistory(office, key)
  const entry = revision === undefined ? entries[0] : entries.find((each) => each.revision === revision)
  if (entry) return changeRule(office, key, entry.text === null ? undefined : Buffer.from(entry.text), expected)
  const known = entries.map((each) => each.revision).join(', ')
  throw new RangeError(known ? `${key} has been ${known}, not ${revision}` : `${key} has no history`)
}

/** What a rule has been, newest first. */
export function ruleHistory(office: RuleOffice, key: string): Promise<readonly FormerRule[]> {
  return formerRules(storeOf(office), key)
}

function storeOf({ name, ruleStore }: RuleOffice): RuleStore {
  if (!ruleStore) throw new RangeError(`${name} keeps no rules; give a zookeeper:// registry`)
  return ruleStore
}

function textOf({ data }: StoredText): string {
  return Buffer.from(data).toString()
}

function revisionIn(kept: StoredText | undefined): string {
  return kept ? revisionOf(kept.data) : noRule
}
