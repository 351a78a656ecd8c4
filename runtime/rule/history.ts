import { z } from 'zod'
import type { RuleStore, StoredText } from '../registry/rule-store.js'
import { revisionOf } from './revision.js'
import { maxRuleBytes, RuleError } from './yaml.js'

/** What a rule has been; newest first. Kept beside it, in `<rule>.history`. */
const history = z.object({
  entries: z.array(z.object({ revision: z.string(), replacedAt: z.string(), text: z.string().nullable() })),
})
export type FormerRule = z.infer<typeof history>['entries'][number]

const maxEntries = 20
const maxBytes = 262_144

/** The revision of no rule at all. */
export const noRule = 'none'

/** What a rule has been, newest first. Throws RuleError where somebody else's text is there. */
export async function formerRules(store: RuleStore, key: string): Promise<readonly FormerRule[]> {
  return read(await store.read(historyOf(key)), key)
}

/**
 * Writes a rule in the place of what is known to be there, and keeps that in its history: the last 20, in at most 256 KiB. undefined
 * deletes it. Rejects with RuleConflict where somebody else was quicker.
 */
export async function replaceRule(
  store: RuleStore,
  key: string,
  before: StoredText | undefined,
  after: Uint8Array | undefined,
): Promise<void> {
  const kept = await store.read(historyOf(key))
  const former = formerOf(before)
  const entries = [...(former ? [former] : []), ...read(kept, key)].slice(0, maxEntries)
  let data = encode(entries)
  while (data.length > maxBytes && entries.length > 1) {
    entries.pop()
    data = encode(entries)
  }
  // First what can be taken back by it: should the second step fail, the history only names what still holds.
  await store.write(historyOf(key), data, kept?.version)
  if (after === undefined) await store.delete(key)
  else await store.write(key, after, before?.version)
}

/** What can be taken back; undefined: what was there never could have been a rule. */
function formerOf(before: StoredText | undefined): FormerRule | undefined {
  const replacedAt = new Date().toISOString()
  if (!before) return { revision: noRule, replacedAt, text: null }
  const text = Buffer.from(before.data).toString()
  if (before.data.length > maxRuleBytes || Buffer.compare(Buffer.from(text), before.data) !== 0) return undefined
  return { revision: revisionOf(before.data), replacedAt, text }
}

function historyOf(key: string): string {
  return `${key}.history`
}

function encode(entries: readonly FormerRule[]): Buffer {
  return Buffer.from(JSON.stringify({ entries }))
}

function read(kept: StoredText | undefined, key: string): FormerRule[] {
  if (!kept || kept.data.length === 0) return []
  try {
    return history.parse(JSON.parse(Buffer.from(kept.data).toString())).entries
  } catch {
    throw new RuleError(`${historyOf(key)} is no history of ours; look at it, and delete it`)
  }
}
