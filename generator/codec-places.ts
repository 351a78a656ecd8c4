import type { Scalar } from '../runtime/schema/schema.js'

/*
 * Printed code keeps the place it writes at in a variable, `$at`, as long as scalars follow each other, and looks for room
 * once for several of them. Whatever else there is to write, the writer does, from its own `pos`. Here it is decided where the one
 * goes over into the other.
 */

/** What puts a scalar in at `$at`: a function of the runtime. */
export interface Put {
  readonly name: string
  /** What it puts into: the buffer, or the writer where it takes another buffer or the view of it. */
  readonly into: '$buf' | 'writer'
  /** The most that it takes of `spare`, which is 64 bytes. */
  readonly bytes: number
}

/** What `ProtobufWriter.spare` gives. */
const spareBytes = 64

/** A text counts as one that is short; a longer one finds room by itself. */
const puts: Partial<Readonly<Record<Scalar, Put>>> = {
  double: { name: 'putDouble', into: 'writer', bytes: 8 },
  int32: { name: 'putInt32', into: '$buf', bytes: 10 },
  uint32: { name: 'putUint32', into: '$buf', bytes: 5 },
  sint32: { name: 'putSint32', into: '$buf', bytes: 5 },
  int53: { name: 'putInt53', into: '$buf', bytes: 10 },
  boolean: { name: 'putBoolean', into: '$buf', bytes: 1 },
  string: { name: 'putString', into: 'writer', bytes: 25 },
}

export const putNames: readonly string[] = Object.values(puts).map(({ name }) => name)

export function putOf(scalar: Scalar): Put | undefined {
  return puts[scalar]
}

interface Placeable {
  readonly put: Put | undefined
  readonly tag: number
  readonly list: boolean
  /** Nothing is written. */
  readonly literal: string | undefined
}

/** Where a field is written. */
export interface Place {
  /** Lines before it, whether or not it is there. */
  readonly before: readonly string[]
  /** Its tag, where it is put. */
  readonly tagBytes: readonly number[]
}

/** The place of each field, one after the other, and the lines behind the last. */
export function placesOf(fields: readonly Placeable[]): { places: Place[]; after: readonly string[] } {
  const atHand = new Set<'$at' | '$buf'>()
  let byWriter = true
  let used = Number.POSITIVE_INFINITY
  const assigned = (name: '$at' | '$buf', value: string): string => {
    const line = `${atHand.has(name) ? '' : 'let '}${name} = ${value}`
    atHand.add(name)
    return line
  }
  const places = fields.map(({ put, tag, list, literal }): Place => {
    if (literal !== undefined) return { before: [], tagBytes: [] }
    if (!put) {
      const before = byWriter ? [] : ['writer.pos = $at']
      byWriter = true
      return { before, tagBytes: [] }
    }
    const before: string[] = []
    if (byWriter) {
      before.push(assigned('$at', 'writer.pos'))
      used = Number.POSITIVE_INFINITY
    }
    byWriter = false
    const tagBytes = varintOf(tag)
    used += tagBytes.length + put.bytes
    // Each item of a list looks for itself.
    if (list ? !atHand.has('$buf') : used > spareBytes) {
      before.push(assigned('$buf', 'writer.spare($at)'))
      used = tagBytes.length + put.bytes
    }
    if (list || put.into === 'writer') used = Number.POSITIVE_INFINITY
    return { before, tagBytes }
  })
  return { places, after: byWriter ? [] : ['writer.pos = $at'] }
}

function varintOf(value: number): number[] {
  const bytes: number[] = []
  let rest = value >>> 0
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
  return [...bytes, rest]
}
