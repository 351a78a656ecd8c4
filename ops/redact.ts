/** Names of settings whose values nobody else is to see. */
const secret =
  /pass(?:word|phrase|wd)?$|^pass|token|secret|credential|authori[sz]ation|cookie|^(?:private|api)?key(?:file)?$|^pfx$|^auth$/i

const deepest = 12

/**
 * A configuration as it may be shown: secrets are `***`, in addresses, too; what isn't plain data is named only, so that
 * nobody's own objects are told of.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') {
    // user:password@ in an address, and what hides as a parameter of one.
    return value
      .replace(/\/\/[^/\s"]*@/g, '//***@')
      .replace(/([?&;,\s](?:password|token|secret|auth)=)[^&;,\s"]*/gi, '$1***')
  }
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'function') return '(function)'
  if (typeof value !== 'object') return undefined
  if (depth >= deepest) return '(deeper)'
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1) ?? null)
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return `(${value.constructor?.name || 'object'})`
  const shown = Object.entries(value).map(([name, inner]) => {
    const hidden = secret.test(name) && inner !== undefined && typeof inner !== 'boolean'
    return [name, hidden ? '***' : redact(inner, depth + 1)]
  })
  return Object.fromEntries(shown)
}
