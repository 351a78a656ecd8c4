import type { RuleSource, RuleText } from './rule-source.js'
import { ZooKeeperError } from './zookeeper-client.js'
import { eachLimited } from './zookeeper-concurrency.js'
import type { Directories } from './zookeeper-directories.js'
import { readConcurrency, ZooKeeperReader } from './zookeeper-reader.js'
import type { ZooKeeperSession } from './zookeeper-session.js'

interface Watched {
  readonly key: string
  readonly listeners: Set<(text: RuleText) => void>
  readonly reader: ZooKeeperReader
  text: RuleText
  /** The directory has it. */
  there: boolean
}

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

  /** Compares a rule with what the directory is known to hold. */
  const settle = (rule: Watched): void => {
    if (!names) {
      if (failure && rule.text.state !== 'found') tell(rule, { state: 'failed', cause: failure })
      return
    }
    const there = names.has(rule.key)
    if (there && !rule.there) {
      rule.there = true
      void rule.reader.read()
    } else if (!there && !(rule.text.state === 'found' && rule.text.data === undefined)) {
      rule.there = false
      tell(rule, { state: 'found', data: undefined })
    }
  }

  session.listen({
    connected: () =>
      void eachLimited(
        [...rules.values()].filter((rule) => rule.there),
        readConcurrency,
        ({ reader }) => reader.read(),
      ),
    away() {},
    unreachable() {},
  })

  const open = (key: string): Watched => {
    const reader = new ZooKeeperReader(
      session,
      async (connection) => {
        if (!rule.there) return
        try {
          const { data, stat } = await connection.data(`${path}/${key}`, reader.changed)
          if (rule.there && reader.isLatest(connection)) {
            tell(rule, { state: 'found', data, changedAt: stat.changedAt })
          }
        } catch (error) {
          if (!(error instanceof ZooKeeperError) || error.code !== 'no_node') throw error
          // That it is gone is the directory's to say.
          rule.there = false
        }
      },
      (error) => {
        if (rule.text.state !== 'found') tell(rule, { state: 'failed', cause: error as Error })
      },
    )
    const rule: Watched = { key, listeners: new Set(), reader, text: { state: 'pending' }, there: false }
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
      rule.reader.stop()
      rules.delete(key)
      if (rules.size > 0) return
      stopDirectory?.()
      stopDirectory = undefined
      names = undefined
    }
  }
}
