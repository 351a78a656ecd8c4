/** How deep a JSON value may nest; deeper ones are refused both ways before they cost a stack. */
export const maxJsonDepth = 100

/**
 * Whether a value is what JSON holds, so that it comes back as it was: null, booleans, finite numbers, strings, arrays and
 * plain objects of such. A property that is undefined is left out. No method of the value is called.
 */
export function isJson(value: unknown): boolean {
  return inspect(value, 0) !== 'no'
}

/** A value as JSON text; undefined where `isJson` says no. */
export function jsonText(value: unknown): string | undefined {
  const found = inspect(value, 0)
  if (found === 'no') return undefined
  return found === 'plain' ? JSON.stringify(value) : exactText(value)
}

/** The value of JSON text; undefined where it is broken or nests too deeply. A key `__proto__` is an own property. */
export function jsonValue(text: string): unknown {
  // Every level takes two characters.
  if (text.length > maxJsonDepth * 2 && depthOf(text) > maxJsonDepth) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** `exact`: it holds -0, which JSON has and JSON.stringify makes 0. */
function inspect(value: unknown, depth: number): 'no' | 'plain' | 'exact' {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return 'plain'
    case 'number':
      return !Number.isFinite(value) ? 'no' : Object.is(value, -0) ? 'exact' : 'plain'
    case 'object': {
      if (value === null) return 'plain'
      if (depth >= maxJsonDepth) return 'no'
      if (Array.isArray(value)) return all(value, depth)
      const prototype: unknown = Object.getPrototypeOf(value)
      if (prototype !== null && prototype !== Object.prototype) return 'no'
      return all(
        Object.values(value).filter((inner) => inner !== undefined),
        depth,
      )
    }
    default:
      return 'no'
  }
}

function all(items: readonly unknown[], depth: number): 'no' | 'plain' | 'exact' {
  let found: 'plain' | 'exact' = 'plain'
  // By index: `for of` and the like see a hole as undefined, too, but JSON makes it null.
  for (let i = 0; i < items.length; i++) {
    const inner = inspect(items[i], depth + 1)
    if (inner === 'no') return 'no'
    if (inner === 'exact') found = 'exact'
  }
  return found
}

function exactText(value: unknown): string {
  if (Object.is(value, -0)) return '-0'
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(exactText).join(',')}]`
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${exactText(inner)}`).join(',')}}`
}

/** How deep brackets nest, those in strings left out. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (quoted) {
      if (character === '\\') i++
      else if (character === '"') quoted = false
    } else if (character === '"') quoted = true
    else if (character === '[' || character === '{') deepest = Math.max(deepest, ++depth)
    else if (character === ']' || character === '}') depth--
  }
  return deepest
}
