import type { ServiceSchema, TypeDeclaration } from './schema.js'

/**
 * A short fingerprint of everything that decides the bytes of a service: methods (name, kind, form, parameters,
 * result, errors) and the declarations they reach. Comments, tags, timeouts and the order of members don't count.
 *
 * Returns 16 hex digits. It tells "equal" from "look closer" (`compare`); it is no defence against forgery.
 */
export function schemaHash(schema: Pick<ServiceSchema, 'name' | 'methods' | 'types'>): string {
  const methods = schema.methods.map((method) => [
    method.name,
    method.kind,
    method.body,
    method.params.map((p) => [p.number, p.name, p.type, p.optional]),
    own(method, 'stream'),
    own(method, 'result'),
    own(method, 'optionalResult') ?? false,
    [...method.errors].sort(),
    method.oneway,
  ])
  const types = Object.entries(schema.types).map(([name, type]) => [name, type.kind, bytesOf(type)])
  return fnv1a64(canonical([schema.name, methods.sort(byFirst), types.sort(byFirst)]))
}

/** A property that may be absent: what a polluted prototype says instead would change the hash. */
function own<T extends object, K extends keyof T>(of: T, key: K): T[K] | null {
  return Object.hasOwn(of, key) ? of[key] : null
}

/** What of a declaration decides bytes, members sorted by number. */
function bytesOf(type: TypeDeclaration): unknown {
  const sorted = <T extends { readonly number: number }>(members: readonly T[]): T[] =>
    [...members].sort((a, b) => a.number - b.number)
  switch (type.kind) {
    case 'enum':
      return sorted(type.members).map((m) => [m.number, m.name, m.value])
    case 'union':
      return [type.discriminator ?? null, sorted(type.members).map((m) => [m.number, m.name, m.type, m.value ?? null])]
    default:
      return sorted(type.fields).map((f) => [f.number, f.name, f.type, f.optional])
  }
}

function byFirst(a: readonly unknown[], b: readonly unknown[]): number {
  const [x, y] = [String(a[0]), String(b[0])]
  return x < y ? -1 : x > y ? 1 : 0
}

/** JSON with sorted keys, so that equal values have equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(byFirst))
      : inner,
  )
}

/** FNV-1a, 64 bits, over UTF-8 (http://www.isthe.com/chongo/tech/comp/fnv/). */
function fnv1a64(text: string): string {
  // In halves: a bigint per byte makes large projects wait. The prime is 2^40 + 0x1b3.
  let high = 0xcbf29ce4
  let low = 0x84222325
  for (const byte of new TextEncoder().encode(text)) {
    low = (low ^ byte) >>> 0
    const product = low * 0x1b3
    high = (high * 0x1b3 + Math.floor(product / 2 ** 32) + ((low << 8) >>> 0)) >>> 0
    low = product >>> 0
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}
