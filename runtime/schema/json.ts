/** How deep a JSON value may nest; deeper ones are refused both ways before they cost a stack. */
export const maxJsonDepth = 100

/**
 * Whether a value is what JSON holds, so that it comes back as it was: null, booleans, finite numbers, strings, arrays and
 * plain objects of such. A property that is undefined is left out. No method of the value is called.
 */
export function isJson(value: unknown, depth = 0): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value)
    case 'object': {
      if (value === null) return true
      if (depth >= maxJsonDepth) return false
      if (Array.isArray(value)) return value.every((item: unknown) => isJson(item, depth + 1)) && !hasHoles(value)
      const prototype: unknown = Object.getPrototypeOf(value)
      if (prototype !== null && prototype !== Object.prototype) return false
      return Object.values(value).every((inner: unknown) => inner === undefined || isJson(inner, depth + 1))
    }
    default:
      return false
  }
}

/** `every` passes over holes, JSON makes them null. */
function hasHoles(items: readonly unknown[]): boolean {
  for (let i = 0; i < items.length; i++) if (!(i in items)) return true
  return false
}
