import type { Address } from '../address.js'

/**
 * Is an address among these? Written as Dubbo's rules do: `10.0.0.5`, `10.0.0.5:20880`, with `*` for any part of the host
 * (`10.0.*.*`, `10.0.*:20880`) or all of it (`*:20880`, `0.0.0.0:20880`).
 */
export function addressMatches(patterns: readonly string[], { host, port }: Address): boolean {
  return patterns.some((pattern) => {
    const [, wantedHost = pattern, wantedPort] = /^(.*?)(?::(\d{1,5}|\*))?$/.exec(pattern) ?? []
    if (wantedPort !== undefined && wantedPort !== '*' && Number(wantedPort) !== port) return false
    return wantedHost === '0.0.0.0' || globMatches(wantedHost, host)
  })
}

/** `*` stands for any text, and may stand several times. Compared in a time that grows with the product of both lengths at most. */
export function globMatches(pattern: string, text: string): boolean {
  if (!pattern.includes('*')) return pattern === text
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop() ?? ''
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false
  let at = first.length
  const end = text.length - last.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}
