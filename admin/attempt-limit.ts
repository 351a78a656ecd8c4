import { Problem } from './problem.js'

/** How many failed logins are borne: from one address, and of one name from wherever. */
const perAddress = 10
const perName = 30
/** In this time. */
const windowMs = 5 * 60_000
const maxKept = 10_000

/** Holds up who guesses passwords. */
export interface AttemptLimit {
  /** Throws a Problem with when to come back, where there were too many. What is let through counts as failed until it succeeds. */
  begin(address: string, name: string): void
  /** The password was right: forgets what this address has tried. */
  succeeded(address: string, name: string): void
}

interface Failures {
  count: number
  since: number
}

export function createAttemptLimit(): AttemptLimit {
  const failures = new Map<string, Failures>()
  const of = (key: string, now: number): Failures => {
    const known = failures.get(key)
    if (known && now - known.since < windowMs) return known
    const fresh = { count: 0, since: now }
    failures.delete(key)
    failures.set(key, fresh)
    const [oldest] = failures.keys()
    if (failures.size > maxKept && oldest !== undefined) failures.delete(oldest)
    return fresh
  }
  return {
    begin(address, name) {
      const now = performance.now()
      const both = [
        { failed: of(`address ${network(address)}`, now), limit: perAddress },
        { failed: of(`name ${name.slice(0, 64)}`, now), limit: perName },
      ]
      for (const { failed, limit } of both) {
        if (failed.count < limit) continue
        const retryAfterMs = Math.ceil(failed.since + windowMs - now)
        const message = `too many logins that failed; try again in ${Math.ceil(retryAfterMs / 1000)} s`
        throw new Problem('too_many', message, { retryAfterMs })
      }
      for (const { failed } of both) failed.count++
    },
    succeeded(address, name) {
      failures.delete(`address ${network(address)}`)
      const tried = failures.get(`name ${name.slice(0, 64)}`)
      if (tried) tried.count--
    },
  }
}

/** Whoever has one IPv6 address has 2^64 of them. */
function network(address: string): string {
  const plain = address.replace(/^::ffff:/, '')
  return plain.includes(':') ? plain.split(':').slice(0, 4).join(':') : plain
}
