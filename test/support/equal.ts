import { expect } from 'vitest'

/**
 * `expect(actual, message).toEqual(expected)`, for properties of thousands of values: the runner's comparison takes several times
 * as long as what is tested, and is only asked where this one finds a difference or a kind of object that it does not know.
 */
export function expectEqual(actual: unknown, expected: unknown, message?: string): void {
  if (!alike(actual, expected)) expect(actual, message).toEqual(expected)
}

/** Whether they are surely equal. As with `toEqual`, a property that is undefined may be missing. */
export function alike(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (isPlain(a) && isPlain(b)) return alikeFields(a, b)
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (Array.isArray(a) && Array.isArray(b)) return alikeItems(a, b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0
  if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime())
  // In the same order; in another one they may still be equal.
  if (a instanceof Set && b instanceof Set) return alikeItems([...a], [...b])
  if (a instanceof Map && b instanceof Map) return alikeItems([...a].flat(), [...b].flat())
  return false
}

type Fields = Readonly<Record<string, unknown>>

function isPlain(value: object): value is Fields {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function alikeFields(a: Fields, b: Fields): boolean {
  const isThere = (name: string) => b[name] !== undefined && Object.hasOwn(b, name)
  let count = 0
  for (const name of Object.keys(a)) {
    const value = a[name]
    if (value === undefined) continue
    if (!isThere(name) || !alike(value, b[name])) return false
    count++
  }
  return count === Object.keys(b).filter(isThere).length
}

function alikeItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  // No `every`, which passes over holes.
  for (let i = 0; i < a.length; i++) if (!alike(a[i], b[i])) return false
  return true
}
