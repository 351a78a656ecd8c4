import type { RuleSource, RuleText } from './rule-source.js'
import { ZooKeeperError } from './zookeeper-client.js'
import { eachLimited } from './zookeeper-concurrency.js'
import type { Directories } from './zookeeper-directories.js'
import type { ZooKeeperSession } from './zookeeper-session.js'

interface Watched {
  readonly key: string
  readonly path: string
  readonly listeners: Set<(text: RuleText) => void>
  /** Stable, so that the client library keeps one watcher however often the node is read. */
  readonly changed: () => void
  text: RuleText
  there: boolean
  busy: boolean
  again: boolean
  readAt: number
  timer: NodeJS.Timeout | undefined
  failures: number
}

const concurrency = 16
/** A first change is read at once, those that follow it are read together. */
const gatherMs = 200
const retryMaxMs = 10_000

/**
 * Watches rules below `path`, `/dubbo/config/dubbo`. Most of those that consumers ask for don't exist, so what is watched is
 * the directory, and of the rules only those that are in it.
 */
export function watchRules(session: ZooKeeperSession, directories: Directories, path: string): RuleSource['watch'] {
  const rules = new Map<string, Watched>()
  let stopDirectory: (() => void) | undefined
  /** As the directory's latest state says; undefined: not known yet. */
  let names: ReadonlySet<string> | undefined
  let failure: Error | undefined

  const tell = (rule: Watched, text: RuleText): void => {
    rule.text = text
    for (const listener of [...rule.listeners]) listener(text)
  }

  const read = async (rule: Watched): Promise<void> => {
    rule.again = true
    if (rule.busy) return
    rule.busy = true
    clearTimeout(rule.timer)
    rule.timer = undefined
    while (rule.again && rule.there && rules.get(rule.key) === rule) {
      rule.again = false
      const connection = session.connection
      if (!connection) break
      rule.readAt = performance.now()
      try {
        const { data } = await connection.data(rule.path, rule.changed)
        rule.failures = 0
        if (rule.there && !rule.again && session.connection === connection) tell(rule, { state: 'found', data })
      } catch (error) {
        // A loss brings everybody back through `connected`; that it is gone is the directory's to say.
        if (session.connection !== connection) continue
        if (error instanceof ZooKeeperError && error.code === 'no_node') {
          rule.there = false
          continue
        }
        const wait = Math.random() * Math.min(retryMaxMs, 500 * 2 ** rule.failures++)
        rule.timer = setTimeout(() => read(rule), wait)
        rule.timer.unref()
        if (rule.text.state !== 'found') tell(rule, { state: 'failed', cause: error as Error })
      }
    }
    rule.busy = false
  }

  /** Compares a rule with what the directory is known to hold. */
  const settle = (rule: Watched): void => {
    if (!names) {
      if (failure && rule.text.state !== 'found') tell(rule, { state: 'failed', cause: failure })
      return
    }
    const there = names.has(rule.key)
    if (there && !rule.there) {
      rule.there = true
      void read(rule)
    } else if (!there && !(rule.text.state === 'found' && rule.text.data === undefined)) {
      rule.there = false
      tell(rule, { state: 'found', data: undefined })
    }
  }

  session.listen({
    connected: () =>
      void eachLimited(
        [...rules.values()].filter((rule) => rule.there),
        concurrency,
        read,
      ),
    away() {},
    unreachable() {},
  })

  const open = (key: string): Watched => {
    const rule: Watched = {
      key,
      path: `${path}/${key}`,
      listeners: new Set(),
      changed() {
        if (rules.get(key) !== rule || rule.timer) return
        const wait = rule.readAt + gatherMs - performance.now()
        if (wait <= 0) void read(rule)
        else rule.timer = setTimeout(() => read(rule), wait)
      },
      text: { state: 'pending' },
      there: false,
      busy: false,
      again: false,
      readAt: Number.NEGATIVE_INFINITY,
      timer: undefined,
      failures: 0,
    }
    rules.set(key, rule)
    stopDirectory ??= directories.watch(path, (view) => {
      if (view.state === 'found' && !view.stale) names = new Set(view.names ?? [])
      failure = view.state === 'failed' ? view.cause : undefined
      for (const each of [...rules.values()]) settle(each)
    })
    return rule
  }

  return (key, listener) => {
    const rule = rules.get(key) ?? open(key)
    rule.listeners.add(listener)
    queueMicrotask(() => {
      if (!rule.listeners.has(listener)) return
      const before = rule.text
      settle(rule)
      // What settling it told, it has heard.
      if (rule.text === before) listener(rule.text)
    })
    return () => {
      rule.listeners.delete(listener)
      if (rule.listeners.size > 0 || rules.get(key) !== rule) return
      clearTimeout(rule.timer)
      rules.delete(key)
      if (rules.size > 0) return
      stopDirectory?.()
      stopDirectory = undefined
      names = undefined
    }
  }
}
