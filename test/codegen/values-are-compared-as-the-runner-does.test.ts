import fc from 'fast-check'
import { expect, it } from 'vitest'
import { alike, expectEqual } from '../support/equal.js'

/** Few leaves of each kind, so that two values are equal in much and differ in little. */
const leaf = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, true, 0, -0, Number.NaN, 1n, '', 'a'),
  fc.integer({ min: 0, max: 1 }).map((n) => new Date(n)),
  fc.uint8Array({ max: 1, maxLength: 2 }),
  fc.uint8Array({ max: 1, maxLength: 2 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom([], new Array(1), new Set(), new Map(), {}, Object.create(null), new RangeError('a')),
)
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('value'), { maxLength: 2 }),
    fc.array(tie('value'), { maxLength: 2 }).map((items) => new Set(items)),
    fc.array(fc.tuple(leaf, tie('value')), { maxLength: 2 }).map((entries) => new Map(entries)),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'toString'), tie('value'), { maxKeys: 2 }),
  ),
}))

it('what is called alike is equal to the runner', () => {
  let equal = 0
  fc.assert(
    fc.property(value, value, (a, b) => {
      if (!alike(a, b)) return
      equal++
      expect(a).toEqual(b)
    }),
    { numRuns: 20_000 },
  )
  expect(equal).toBeGreaterThan(100)
})

it('what was copied is alike, and what differs fails with both', () => {
  fc.assert(
    fc.property(fc.clone(value, 2), ([a, b]) => expectEqual(a, b)),
    { numRuns: 2_000 },
  )
  expect(() => expectEqual({ a: [1] }, { a: [2] }, 'here')).toThrow(/here: expected .* to deeply equal/)
})
