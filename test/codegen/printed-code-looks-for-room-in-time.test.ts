import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Put, placesOf, putOf } from '../../generator/codec-places.js'
import { spareBytes } from '../../runtime/codec/protobuf.js'
import type { Scalar } from '../../runtime/schema/schema.js'

const put = (scalar: Scalar) => putOf(scalar) as Put
const putScalars = ['double', 'int32', 'uint32', 'sint32', 'int53', 'boolean', 'string'] as const

const field = fc.record({
  put: fc.option(fc.constantFrom(...putScalars).map(put), { nil: undefined }),
  tag: fc.integer({ min: 8, max: 2 ** 20 }),
  list: fc.boolean(),
  literal: fc.option(fc.constant('1'), { nil: undefined, freq: 8 }),
})

it('whatever is put finds room for its tag and itself, at the place where the last one ended', () => {
  fc.assert(
    fc.property(fc.array(field, { maxLength: 30 }), (fields) => {
      const { places, after } = placesOf(fields)
      const declared = new Set<string>()
      let byWriter = true
      let room = 0
      const run = (line: string) => {
        const [, name, value] = /^(?:let )?([\w$.]+) = (.+)$/.exec(line) as unknown as [string, string, string]
        if (name.startsWith('$')) {
          expect(line.startsWith('let ')).toBe(!declared.has(name))
          declared.add(name)
        }
        if (name === '$buf') {
          // It is asked with the place that holds.
          expect(byWriter).toBe(false)
          room = spareBytes
        } else {
          expect([name, value]).toEqual(byWriter ? ['$at', 'writer.pos'] : ['writer.pos', '$at'])
          byWriter = !byWriter
          room = 0
        }
      }
      for (const [i, { put, list, literal }] of fields.entries()) {
        const { before, tagBytes } = places[i]!
        for (const line of before) run(line)
        if (literal !== undefined) continue
        expect(byWriter).toBe(put === undefined)
        if (!put) continue
        expect(declared.has('$buf')).toBe(true)
        // An item of a list asks for itself.
        if (list) room = spareBytes
        room -= tagBytes.length + put.bytes
        expect(room).toBeGreaterThanOrEqual(0)
        // A long text may have gone over into another buffer.
        if (list || put.into === 'writer') room = 0
      }
      for (const line of after) run(line)
      expect(byWriter).toBe(true)
    }),
    { numRuns: 500 },
  )
})

it.each([
  [8, [8]],
  [127, [127]],
  [128, [128, 1]],
  [2 ** 32 - 1, [255, 255, 255, 255, 15]],
])('tag %i is %j', (tag, bytes) => {
  const fields = [{ put: put('boolean'), tag, list: false, literal: undefined }]
  expect(placesOf(fields).places[0]?.tagBytes).toEqual(bytes)
})
