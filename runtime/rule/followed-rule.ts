import type { Stop } from '../registry/registry.js'
import type { AppliedRule, RuleSource, RuleText } from '../registry/rule-source.js'
import type { ServiceKey } from '../service-key.js'
import type { Rule, RuleKind } from './read-rule.js'
import { revisionOf } from './revision.js'

/** So long rules are waited for that the registry doesn't answer about: half of what a call may take by default. */
const patienceMs = 500

/** The rules that one client or server goes by, each followed once however many services it concerns. */
export class FollowedRules {
  readonly #source: RuleSource
  readonly #warn: (text: string) => void
  readonly #rules = new Map<string, FollowedRule>()

  constructor(source: RuleSource, warn: (text: string) => void = warning) {
    this.#source = source
    this.#warn = warn
  }

  /** `listener` hears of each change, until stopped. Ask the rule itself for what holds. */
  follow(kind: RuleKind, subject: string, listener: () => void): { readonly rule: FollowedRule; readonly stop: Stop } {
    const key = `${subject}.${kind}`
    const rule =
      this.#rules.get(key) ?? new FollowedRule(key, kind, this.#source, this.#warn, () => this.#rules.delete(key))
    this.#rules.set(key, rule)
    return { rule, stop: rule.listen(listener) }
  }
}

/** What the rules of a service are named by, empty parts kept: `com.acme.Users:1.0:`. */
export function subjectOf({ name, version = '', group = '' }: ServiceKey): string {
  return `${name}:${version}:${group}`
}

/** One rule's node: the last good rule in it. */
export class FollowedRule {
  rule: Rule | undefined
  /** Its first word has come, or isn't waited for any more. */
  settled = false
  applied: AppliedRule | undefined
  readonly key: string
  readonly #kind: RuleKind
  readonly #warn: (text: string) => void
  readonly #listeners = new Set<() => void>()
  readonly #stop: Stop
  readonly #end: () => void
  readonly #timer: NodeJS.Timeout
  #latest = 0

  constructor(key: string, kind: RuleKind, source: RuleSource, warn: (text: string) => void, end: () => void) {
    this.key = key
    this.#kind = kind
    this.#warn = warn
    this.#end = end
    this.#stop = source.watch(key, (text) => void this.#take(text))
    this.#timer = setTimeout(() => this.#settle(), patienceMs)
    this.#timer.unref()
  }

  listen(listener: () => void): Stop {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      clearTimeout(this.#timer)
      this.#stop()
      this.#end()
    }
  }

  async #take(text: RuleText): Promise<void> {
    if (text.state === 'pending') return
    // What comes later is newer, however long reading takes.
    const turn = ++this.#latest
    if (text.state === 'found') {
      if (text.data === undefined || text.data.length === 0) {
        this.rule = undefined
        this.applied = undefined
      } else {
        const revision = revisionOf(text.data)
        if (revision === this.applied?.revision && !this.applied.refused) return
        try {
          // Loaded with the first rule: it brings zod, whose 3 MB most consumers have no use for.
          const { readRule } = await import('./read-rule.js')
          const rule = await readRule(this.#kind, text.data)
          if (turn !== this.#latest) return
          this.rule = rule
          this.applied = { revision }
        } catch (error) {
          if (turn !== this.#latest) return
          const reason = error instanceof Error ? error.message.slice(0, 500) : 'it can not be read'
          const last = this.applied?.revision
          this.applied = { ...(last !== undefined && { revision: last }), refused: { revision, reason } }
          const holds = last === undefined ? 'no rule holds' : `the one before it, ${last}, goes on holding`
          this.#warn(`the rule ${this.key} (revision ${revision}) is not taken, ${holds}: ${reason}`)
        }
      }
    }
    this.#settle(true)
  }

  #settle(changed = false): void {
    clearTimeout(this.#timer)
    if (this.settled && !changed) return
    this.settled = true
    for (const listener of [...this.#listeners]) listener()
  }
}

function warning(text: string): void {
  process.emitWarning(text, { type: 'TsuboWarning', code: 'TSUBO_RULE' })
}
