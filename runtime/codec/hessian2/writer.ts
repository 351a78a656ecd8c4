import type { Writer } from '../../method.js'
import { maxDepth, mismatch } from '../protobuf.js'
import { takeSlab } from '../slab.js'
import { code } from './code.js'

/** The name and fields of a Java class, as they go before the first of its objects in a message. */
export class ClassDefinition {
  readonly name: string
  readonly fields: readonly string[]
  /** All of it as bytes: 'C', the name, the count of fields, their names. */
  readonly bytes: Uint8Array
  /** In which message it was defined last, and as which number. */
  message = 0
  index = 0

  constructor(name: string, fields: readonly string[]) {
    this.name = name
    this.fields = fields
    const out = new HessianWriter().aim({ buf: new Uint8Array(64), pos: 0 })
    out.byte(code.definition)
    out.string(name)
    out.int(fields.length)
    for (const field of fields) out.string(field)
    this.bytes = out.buf.slice(0, out.pos)
  }
}

/** The name of a list's or map's type: text where it comes first in a message, a number from then on. */
export class TypeName {
  readonly name: string
  message = 0
  index = 0

  constructor(name: string) {
    this.name = name
  }
}

/** Process-wide, so that what a definition remembers of one message holds for no other. */
let messages = 0

/** Eight bytes that are a double or a long, too. */
const scratch = new DataView(new ArrayBuffer(8))

/** Up to so many values are looked through for one that was written before: a map of them costs more than it saves. */
const lookedThrough = 64

/** The most UTF-16 units in one chunk of a string; as Java's writer has it. */
const chunkUnits = 0x8000
const chunkBytes = 0x8000

/**
 * Writes hessian 2 at `pos` of `buf`; replaces `buf` by a larger copy when it needs room.
 *
 * One message has one set of tables, begun by `aim`: class definitions, type names, and what may be referred to. Lists,
 * maps and objects are numbered as they come, by `shared` or `numbered`; the reader counts the same, so none may be left out.
 */
export class HessianWriter implements Writer {
  buf: Uint8Array = new Uint8Array(0)
  pos = 0
  #message = 0
  #definitions = 0
  #types = 0
  /** By number: what can be referred to, and what it was written as. */
  #values: unknown[] = []
  #forms: unknown[] = []
  #count = 0
  /** The latest number of each, once there are too many to look through. */
  #numbers: Map<unknown, number> | undefined
  #made: Map<string, ClassDefinition> | undefined
  /** What is being written around `pos`, the first `#depth` of them: a reference to one of these would be a circle. */
  #open: unknown[] = []
  #depth = 0

  /** Begins a message behind what was written already. */
  aim({ buf, pos }: Writer): this {
    this.buf = buf
    this.pos = pos
    this.#message = ++messages
    this.#definitions = 0
    this.#types = 0
    this.#made = undefined
    this.#count = 0
    if (this.#values.length > lookedThrough) {
      this.#values = []
      this.#forms = []
      this.#numbers = undefined
    }
    this.#depth = 0
    return this
  }

  /** Makes sure that `bytes` fit behind `pos`. Read `buf` anew after it. */
  room(bytes: number): void {
    if (this.pos + bytes > this.buf.length) this.grow(this.pos + bytes)
  }

  private grow(bytes: number): void {
    const larger = takeSlab(Math.max(bytes, this.buf.length * 2))
    larger.set(this.buf.subarray(0, this.pos))
    this.buf = larger
  }

  byte(value: number): void {
    this.room(1)
    this.buf[this.pos++] = value
  }

  nil(): void {
    this.byte(code.null)
  }

  boolean(value: boolean): void {
    this.byte(value ? code.true : code.false)
  }

  /** An int32; not checked. */
  int(value: number): void {
    this.room(5)
    const { buf, pos } = this
    if (value >= -16 && value <= 47) {
      buf[pos] = code.int1 + value
      this.pos = pos + 1
    } else if (value >= -2048 && value <= 2047) {
      buf[pos] = code.int2 + (value >> 8)
      buf[pos + 1] = value
      this.pos = pos + 2
    } else if (value >= -262144 && value <= 262143) {
      buf[pos] = code.int3 + (value >> 16)
      buf[pos + 1] = value >> 8
      buf[pos + 2] = value
      this.pos = pos + 3
    } else this.four(code.int, value)
  }

  /** An integer of up to 64 bits; not checked. */
  long(value: number | bigint): void {
    if (typeof value === 'bigint') {
      if (BigInt.asIntN(53, value) !== value) {
        scratch.setBigInt64(0, value)
        this.eight(code.long, scratch.getInt32(0), scratch.getInt32(4))
        return
      }
      value = Number(value)
    }
    this.room(5)
    const { buf, pos } = this
    if (value >= -8 && value <= 15) {
      buf[pos] = code.long1 + value
      this.pos = pos + 1
    } else if (value >= -2048 && value <= 2047) {
      buf[pos] = code.long2 + (value >> 8)
      buf[pos + 1] = value
      this.pos = pos + 2
    } else if (value >= -262144 && value <= 262143) {
      buf[pos] = code.long3 + (value >> 16)
      buf[pos + 1] = value >> 8
      buf[pos + 2] = value
      this.pos = pos + 3
    } else if ((value | 0) === value) this.four(code.long4, value)
    else this.eight(code.long, Math.floor(value / 2 ** 32), value >>> 0)
  }

  double(value: number): void {
    this.room(5)
    const { buf, pos } = this
    if ((value | 0) === value && value >= -32768 && value <= 32767 && !Object.is(value, -0)) {
      if (value === 0 || value === 1) {
        buf[pos] = code.zero + value
        this.pos = pos + 1
      } else if (value >= -128 && value <= 127) {
        buf[pos] = code.double1
        buf[pos + 1] = value
        this.pos = pos + 2
      } else {
        buf[pos] = code.double2
        buf[pos + 1] = value >> 8
        buf[pos + 2] = value
        this.pos = pos + 3
      }
      return
    }
    const mills = Math.trunc(value * 1000)
    if ((mills | 0) === mills && mills * 0.001 === value && mills !== 0) this.four(code.doubleMills, mills)
    else {
      scratch.setFloat64(0, value)
      this.eight(code.double, scratch.getInt32(0), scratch.getInt32(4))
    }
  }

  /** Milliseconds since 1970; not checked. */
  date(time: number): void {
    const minutes = time / 60_000
    if ((minutes | 0) === minutes) this.four(code.dateMinutes, minutes)
    else this.eight(code.date, Math.floor(time / 2 ** 32), time >>> 0)
  }

  /** Text in UTF-16 units, each of one to three bytes (CESU-8): halves of surrogate pairs go one by one, and alone too. */
  string(value: string): void {
    const { length } = value
    if (length > 31) {
      this.longString(value)
      return
    }
    this.room(1 + length)
    const { buf } = this
    let at = this.pos
    buf[at++] = length
    let i = 0
    let all = 0
    if ((length & 1) === 1) {
      all = value.charCodeAt(i++)
      buf[at++] = all
    }
    // By twos, as `putString` does. Shared, both take up to a tenth longer: V8 no longer makes one piece of each.
    while (i < length) {
      const one = value.charCodeAt(i++)
      const other = value.charCodeAt(i++)
      all |= one | other
      buf[at++] = one
      buf[at++] = other
    }
    if (all > 127) this.longString(value)
    else this.pos = at
  }

  private longString(value: string): void {
    let from = 0
    let left = value.length
    while (left > chunkUnits) {
      // No pair is cut apart: a reader may turn chunk after chunk into text.
      const high = (value.charCodeAt(from + chunkUnits - 1) & 0xfc00) === 0xd800
      const units = high ? chunkUnits - 1 : chunkUnits
      this.length(code.stringChunk, units)
      this.units(value, from, units)
      from += units
      left -= units
    }
    if (left < 32) this.byte(left)
    else if (left < 1024) this.two(code.string10 + (left >> 8), left)
    else this.length(code.stringEnd, left)
    this.units(value, from, left)
  }

  private units(value: string, from: number, count: number): void {
    this.room(count * 3)
    const { buf } = this
    let at = this.pos
    for (let i = from; i < from + count; i++) {
      const unit = value.charCodeAt(i)
      if (unit < 0x80) buf[at++] = unit
      else if (unit < 0x800) {
        buf[at] = 0xc0 | (unit >> 6)
        buf[at + 1] = 0x80 | (unit & 0x3f)
        at += 2
      } else {
        buf[at] = 0xe0 | (unit >> 12)
        buf[at + 1] = 0x80 | ((unit >> 6) & 0x3f)
        buf[at + 2] = 0x80 | (unit & 0x3f)
        at += 3
      }
    }
    this.pos = at
  }

  bytes(value: Uint8Array): void {
    let from = 0
    while (value.length - from > chunkBytes) {
      this.length(code.binaryChunk, chunkBytes)
      this.raw(value.subarray(from, from + chunkBytes))
      from += chunkBytes
    }
    const left = value.length - from
    if (left < 16) this.byte(code.binary + left)
    else if (left < 1024) this.two(code.binary10 + (left >> 8), left)
    else this.length(code.binaryEnd, left)
    this.raw(value.subarray(from))
  }

  /** Begins a list of so many items, which follow; `type` undefined: Java's ArrayList. */
  list(length: number, type?: TypeName): void {
    if (type === undefined) {
      if (length < 8) this.byte(code.list0 + length)
      else {
        this.byte(code.fixedList)
        this.int(length)
      }
    } else if (length < 8) {
      this.byte(code.typedList0 + length)
      this.type(type)
    } else {
      this.byte(code.typedFixedList)
      this.type(type)
      this.int(length)
    }
  }

  /** Begins a map: keys and values follow in turn, then `end`. `type` undefined: Java's HashMap. */
  map(type?: TypeName): void {
    this.byte(type === undefined ? code.map : code.typedMap)
    if (type !== undefined) this.type(type)
  }

  end(): void {
    this.byte(code.end)
  }

  /** Begins an object: the values of the definition's fields follow, in their order. */
  object(definition: ClassDefinition): void {
    if (definition.message !== this.#message) {
      definition.message = this.#message
      definition.index = this.#definitions++
      this.raw(definition.bytes)
    }
    if (definition.index < 16) this.byte(code.object0 + definition.index)
    else {
      this.byte(code.object)
      this.int(definition.index)
    }
  }

  /** The definition of a class that is known only by an object of it: one in a message, however many objects. */
  definition(name: string, fields: readonly string[]): ClassDefinition {
    const key = JSON.stringify([name, fields])
    this.#made ??= new Map()
    const known = this.#made.get(key) ?? new ClassDefinition(name, fields)
    this.#made.set(key, known)
    return known
  }

  /**
   * Has the same list, map or object been written in the same form? Then a reference to it is written. Else it gets the
   * next number, and its content and `close` are to follow. Throws the bare `mismatch` at a circle, and at what nests
   * deeper than `maxDepth`.
   */
  shared(value: object, form: unknown): boolean {
    const known = this.numberOf(value, form)
    if (known >= 0) {
      if (this.isOpen(value)) throw mismatch
      this.byte(code.reference)
      this.int(known)
      return true
    }
    if (this.#depth >= maxDepth) throw mismatch
    this.number(value, form)
    this.#open[this.#depth++] = value
    return false
  }

  close(): void {
    this.#depth--
  }

  private isOpen(value: unknown): boolean {
    return this.#depth > 0 && this.#open.lastIndexOf(value, this.#depth - 1) >= 0
  }

  /** Gives the next number to an object that is never referred to: an enum's constant, a BigDecimal. */
  numbered(): void {
    this.number(undefined, undefined)
  }

  private number(value: unknown, form: unknown): void {
    const number = this.#count++
    this.#values[number] = value
    this.#forms[number] = form
    if (this.#numbers) this.#numbers.set(value, number)
    else if (number === lookedThrough) this.#numbers = new Map(this.#values.map((other, i) => [other, i]))
  }

  private numberOf(value: unknown, form: unknown): number {
    if (this.#numbers) {
      const number = this.#numbers.get(value) ?? -1
      return number >= 0 && this.#forms[number] === form ? number : -1
    }
    const values = this.#values
    for (let i = 0; i < this.#count; i++) if (values[i] === value && this.#forms[i] === form) return i
    return -1
  }

  private type(type: TypeName): void {
    if (type.message === this.#message) {
      this.int(type.index)
      return
    }
    type.message = this.#message
    type.index = this.#types++
    this.string(type.name)
  }

  /** Bytes as they are: whole values that were written elsewhere. */
  raw(bytes: Uint8Array): void {
    const { length } = bytes
    this.room(length)
    const { buf, pos } = this
    // What `set` costs, whatever the length, few bytes don't.
    if (length > 32) buf.set(bytes, pos)
    else for (let i = 0; i < length; i++) buf[pos + i] = bytes[i] as number
    this.pos = pos + length
  }

  /** A code with the lower eight bits of a length behind it. */
  private two(first: number, length: number): void {
    this.room(2)
    this.buf[this.pos++] = first
    this.buf[this.pos++] = length
  }

  /** A code with a length of 16 bits behind it. */
  private length(first: number, length: number): void {
    this.room(3)
    this.buf[this.pos++] = first
    this.buf[this.pos++] = length >> 8
    this.buf[this.pos++] = length
  }

  private four(first: number, value: number): void {
    this.room(5)
    const { buf, pos } = this
    buf[pos] = first
    buf[pos + 1] = value >> 24
    buf[pos + 2] = value >> 16
    buf[pos + 3] = value >> 8
    buf[pos + 4] = value
    this.pos = pos + 5
  }

  private eight(first: number, high: number, low: number): void {
    this.room(9)
    const { buf, pos } = this
    buf[pos] = first
    buf[pos + 1] = high >> 24
    buf[pos + 2] = high >> 16
    buf[pos + 3] = high >> 8
    buf[pos + 4] = high
    buf[pos + 5] = low >> 24
    buf[pos + 6] = low >> 16
    buf[pos + 7] = low >> 8
    buf[pos + 8] = low
    this.pos = pos + 9
  }
}
