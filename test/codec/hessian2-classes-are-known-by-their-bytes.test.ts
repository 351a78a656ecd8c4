import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BytePattern } from '../../runtime/codec/byte-pattern.js'
import { HessianReader } from '../../runtime/codec/hessian2/reader.js'
import { ClassDefinition, HessianWriter } from '../../runtime/codec/hessian2/writer.js'

const reader = new HessianReader()

/** Objects of these classes one after the other, each with the fields 0, 1, 2 ...; what the reader says of each. */
function through(classes: readonly ClassDefinition[], buffer = Buffer.alloc(16_384), at = 0): unknown[] {
  const out = new HessianWriter().aim({ buf: buffer, pos: at })
  for (const definition of classes) {
    out.object(definition)
    for (let i = 0; i < definition.fields.length; i++) out.int(i)
  }
  reader.aim({ buf: out.buf, pos: at, len: out.pos })
  const found = classes.map(() => {
    const { name, fields } = reader.object()
    return { name, fields, values: fields.map(() => reader.int()) }
  })
  expect(reader.pos).toBe(out.pos)
  return found
}

function said(classes: readonly ClassDefinition[]): unknown[] {
  return classes.map(({ name, fields }) => ({ name, fields, values: fields.map((_, i) => i) }))
}

describe('a class that every message defines anew', () => {
  const point = new ClassDefinition('a.Point', ['x', 'y'])

  test('is the same one in the next message, wherever it lies there', () => {
    const first = new HessianReader()
    const bytes = Buffer.concat([point.bytes, Buffer.of(0x60, 0x90, 0x91)])
    const definition = first.aim({ buf: bytes, pos: 0, len: bytes.length }).object()
    const later = Buffer.concat([Buffer.alloc(3), bytes])
    expect(first.aim({ buf: later, pos: 3, len: later.length }).object()).toBe(definition)
  })

  test('is another one where a byte of it differs', () => {
    const others = [
      new ClassDefinition('a.Joint', ['x', 'y']),
      new ClassDefinition('a.Point', ['x', 'z']),
      new ClassDefinition('a.Point', ['x']),
      new ClassDefinition('a.Point', ['x', 'y', 'z']),
      new ClassDefinition('a.Point', []),
    ]
    for (const classes of [[point], ...others.map((other) => [other, point]), [...others, point], [point]]) {
      expect(through(classes)).toEqual(said(classes))
    }
  })

  test('is read all the same when more came than are remembered', () => {
    const many = Array.from({ length: 100 }, (_, i) => new ClassDefinition(`a.C${i}`, [`f${i}`]))
    for (const classes of [many, many.slice(0, 40), [point, ...many], many.toReversed(), [point]]) {
      expect(through(classes)).toEqual(said(classes))
    }
  })

  test('that is cut off is not taken for the one that is known', () => {
    through([point])
    for (let length = 1; length < point.bytes.length; length++) {
      reader.aim({ buf: Buffer.from(point.bytes), pos: 0, len: length })
      expect(() => reader.object()).toThrow()
    }
  })
})

test('a pattern is found where its bytes are, and nowhere else', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.uint8Array({ maxLength: 5 }),
      fc.nat(),
      (bytes, before, flipped) => {
        const pattern = new BytePattern(bytes)
        const all = Uint8Array.of(...before, ...bytes, 7)
        const view = new DataView(all.buffer)
        expect(pattern.isAt(view, before.length)).toBe(true)
        if (bytes.length === 0) return
        const at = before.length + (flipped % bytes.length)
        view.setUint8(at, view.getUint8(at) ^ (1 << (flipped & 7)))
        expect(pattern.isAt(view, before.length)).toBe(false)
      },
    ),
  )
})
