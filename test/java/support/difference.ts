/**
 * Where a value that came is not the one that was expected: by class and value, in every place, and by what is shared.
 * Undefined if there is none; else where, and what is there instead. The same in Java is Difference.java.
 */
export function difference(expected: unknown, got: unknown): string | undefined {
  return new Difference().at('', expected, got)
}

class Difference {
  readonly #places = new Map<object, object>()
  readonly #origins = new Map<object, object>()

  at(path: string, expected: unknown, got: unknown): string | undefined {
    if (typeof expected !== 'object' || typeof got !== 'object' || expected === null || got === null) {
      return Object.is(expected, got) ? undefined : differs(path, expected, got)
    }
    if (Object.getPrototypeOf(expected) !== Object.getPrototypeOf(got)) return differs(path, expected, got)
    if (expected instanceof Date) {
      return expected.getTime() === (got as Date).getTime() ? undefined : differs(path, expected, got)
    }
    if (expected instanceof Uint8Array) {
      return Buffer.compare(expected, got as Uint8Array) === 0 ? undefined : differs(path, expected, got)
    }
    const known = this.#places.get(expected)
    const origin = this.#origins.get(got)
    this.#places.set(expected, got)
    this.#origins.set(got, expected)
    if ((known && known !== got) || (origin && origin !== expected)) return `${path}: what is shared differs`
    // Been here.
    if (known) return undefined
    if (Array.isArray(expected)) return this.#entries(path, [...expected.entries()], [...(got as unknown[]).entries()])
    if (expected instanceof Set) return this.#keys(path, expected, got as Set<unknown>)
    if (expected instanceof Map) {
      const map = got as Map<unknown, unknown>
      return this.#keys(path, new Set(expected.keys()), map) ?? this.#entries(path, [...expected], [...map])
    }
    return this.#entries(path, Object.entries(expected), Object.entries(got))
  }

  /** Keys and items of sets are simple values here. */
  #keys(path: string, expected: ReadonlySet<unknown>, got: { readonly size: number; has(key: unknown): boolean }) {
    if (expected.size !== got.size) return `${path}: ${got.size} items, not ${expected.size}`
    for (const key of expected) if (!got.has(key)) return `${path}: ${text(key)} is missing`
    return undefined
  }

  #entries(path: string, expected: [unknown, unknown][], got: [unknown, unknown][]): string | undefined {
    if (expected.length !== got.length) return `${path}: ${got.length} items, not ${expected.length}`
    const values = new Map(got)
    for (const [key, value] of expected) {
      const found = values.has(key) ? this.at(`${path}.${key}`, value, values.get(key)) : `${path}: ${key} is missing`
      if (found !== undefined) return found
    }
    return undefined
  }
}

function differs(path: string, expected: unknown, got: unknown): string {
  return `${path}: expected ${text(expected)}, got ${text(got)}`
}

function text(value: unknown): string {
  const shown =
    typeof value === 'bigint' ? `${value}n` : typeof value === 'string' ? JSON.stringify(value) : String(value)
  return `${typeof value === 'object' ? (value?.constructor?.name ?? 'object') : typeof value} ${shown.slice(0, 100)}`
}
