import { compare } from './diagnostics.js'
import type { Lock } from './lock.js'
import type { Numbers } from './lock-numbers.js'

/**
 * What tells two locks apart, a line each, sorted: `com.example.Money.currency: new, number 2`. For people who are told
 * that their lock is stale.
 */
export function lockChanges(older: Lock, newer: Lock): string[] {
  const [before, after] = [facts(older), facts(newer)]
  const lines: string[] = []
  for (const [path, fact] of after) {
    const was = before.get(path)
    if (was === undefined) lines.push(`${path}: new, ${fact}`)
    else if (was !== fact) lines.push(`${path}: ${was} becomes ${fact}`)
  }
  for (const [path, fact] of before) if (!after.has(path)) lines.push(`${path}: ${fact} is gone from the lock`)
  return lines.sort(compare)
}

/** Everything a lock says, by the path of what it says it about. */
function facts(lock: Lock): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const add = (path: (name: string) => string, { used, removed }: Numbers) => {
    for (const [name, number] of used) found.set(path(name), `number ${number}`)
    for (const [number, name] of removed) {
      const at = path(name)
      const tombstone = `tombstone ${number}`
      const other = found.get(at)
      found.set(at, other === undefined ? tombstone : `${other} and ${tombstone}`)
    }
  }
  for (const [name, entry] of lock) {
    if (entry.kind !== 'service') {
      add((member) => `${name}.${member}`, entry.numbers)
      continue
    }
    for (const [method, { body, params, removed }] of entry.methods) {
      found.set(`${name}/${method}`, removed ? `tombstone of a ${body} body` : `${body} body`)
      add((param) => `${name}/${method}(${param})`, params)
    }
  }
  return found
}
