import type { Reader } from '../../method.js'
import { asciiText } from '../ascii.js'
import { BytePattern } from '../byte-pattern.js'
import { maxDepth, maxItems, viewOf } from '../protobuf.js'
import { recurringBytes, recurringText } from '../recurring-text.js'
import { code, kindOf } from './code.js'
import { expected, Misread, shown } from './misread.js'

/** A class as the sender defined it in this message. Names only: nothing is ever made by them. */
export class ReadDefinition {
  readonly name: string
  readonly fields: readonly string[]
  /** What the coder that read the last object of it made of the fields. */
  coder: unknown = undefined
  plan: unknown = undefined

  constructor(name: string, fields: readonly string[]) {
    this.name = name
    this.fields = fields
  }
}

/** Reads a list, map or object with everything in it. */
export interface SlotCoder {
  read(from: HessianReader): unknown
}

/** One list, map or object of the message, for references to it. */
class Slot {
  at = 0
  definitions = 0
  types = 0
  coder: SlotCoder | undefined = undefined
  /** How many values lie in it, those of its references counted again. */
  items = 0
  value: unknown = open
}

/** So many slots are used again by the next message. */
const keptSlots = 64

const open: unique symbol = Symbol('being read')

/** Every message defines its classes anew. Those that came last are known by their bytes, and with them what was made of them. */
interface KnownDefinition {
  readonly pattern: BytePattern
  readonly definition: ReadDefinition
}

const mostKnown = 16
const mostKnownBytes = 1024
const knownDefinitions: KnownDefinition[] = []
/** By its number in a message: which of them it was last. */
const lastKnown: number[] = new Array(mostKnown).fill(0)
/** The one that makes room for the next. */
let oldestKnown = 0

function remember(index: number, definition: ReadDefinition, bytes: Uint8Array): void {
  if (bytes.length > mostKnownBytes) return
  const at = oldestKnown
  oldestKnown = (at + 1) % mostKnown
  knownDefinitions[at] = { pattern: new BytePattern(bytes), definition }
  if (index < mostKnown) lastKnown[index] = at
}

/** More classes than this one message does not define, and no class has more fields. */
const maxDefinitions = 1024
const maxFields = 4096

/** So many bytes are read again at most for the sake of references that ask for another form of a value. */
const maxReplayed = 1 << 20

const empty = Buffer.alloc(0)

/** Eight bytes that are a double or a long, too. */
const scratch = new DataView(new ArrayBuffer(8))

/** Node's buffers have these, and have had them since its first versions; its types leave them out. */
interface TextBuffer extends Buffer {
  latin1Slice(start: number, end: number): string
  ucs2Slice(start: number, end: number): string
}

/** The UTF-16 units of one chunk of text. */
let units: Uint16Array | undefined

/**
 * Reads hessian 2 from `pos` to `len` of `buf`: one message with its tables of classes, types and references, begun by `aim`.
 *
 * A reference asks for a value that was read before. The form it was read in is remembered, and that very value is given
 * out again where the same form is asked for; where another is (or it was passed over the first time) its bytes are read
 * once more. Bounded are the depth, the values in all (those behind references counted as often as they are referred to, for
 * so often whoever walks over the result sees them), classes and their fields, and what is read again. Lengths that the
 * bytes left can't hold are refused, and nothing is allocated by them.
 *
 * Everything here throws `Misread`.
 */
export class HessianReader implements Reader {
  buf: Buffer = empty
  pos = 0
  len = 0
  depth = 0
  items = 0
  /** Of `buf`, from when it was first asked for. */
  #view: DataView | undefined = undefined
  /** Of the list that was begun last. */
  listType: string | undefined = undefined
  #definitions: ReadDefinition[] = []
  #definitionCount = 0
  #types: string[] = []
  #typeCount = 0
  #slots: Slot[] = []
  #slotCount = 0
  #replayed = 0

  /** Begins a message. */
  aim({ buf, pos, len }: { readonly buf: Uint8Array; readonly pos: number; readonly len: number }): this {
    if (buf !== this.buf) {
      this.buf = buf as Buffer
      this.#view = undefined
    }
    this.pos = pos
    this.len = len
    this.depth = 0
    this.items = 0
    this.#definitionCount = 0
    this.#typeCount = 0
    this.#slotCount = 0
    this.#replayed = 0
    if (this.#definitions.length > 0) this.#definitions = []
    if (this.#types.length > 0) this.#types = []
    if (this.#slots.length > keptSlots) this.#slots = []
    return this
  }

  /** Do these bytes come next? */
  begins(pattern: BytePattern): boolean {
    const { pos } = this
    return pos + pattern.length <= this.len && pattern.isAt(this.#view ?? this.newView(), pos)
  }

  private newView(): DataView {
    this.#view = viewOf(this.buf)
    return this.#view
  }

  /** The code of the next value. */
  peek(): number {
    if (this.pos >= this.len) throw cutOff()
    return this.buf[this.pos] as number
  }

  byte(): number {
    if (this.pos >= this.len) throw cutOff()
    return this.buf[this.pos++] as number
  }

  /** Is the next value a string of up to 31 units, as most are? */
  get shortString(): boolean {
    return this.pos < this.len && (this.buf[this.pos] as number) <= 31
  }

  /** Is the next value null? Then it is read. */
  nil(): boolean {
    if (this.pos >= this.len || this.buf[this.pos] !== code.null) return false
    this.pos++
    return true
  }

  /** Does the list or map end here? Then its end is read. */
  ends(): boolean {
    if (this.peek() !== code.end) return false
    this.pos++
    return true
  }

  boolean(): boolean {
    const byte = this.byte()
    if (byte === code.true) return true
    if (byte === code.false) return false
    throw expected('a boolean', byte)
  }

  /** An int32, by its own code: for counts and the like. */
  int(): number {
    const byte = this.byte()
    if (byte >= 0x80 && byte <= 0xbf) return byte - code.int1
    if (byte >= 0xc0 && byte <= 0xcf) return ((byte - code.int2) << 8) | this.byte()
    if (byte >= 0xd0 && byte <= 0xd7) return ((byte - code.int3) << 16) | this.short()
    if (byte === code.int) return this.four()
    throw expected('an int', byte)
  }

  /**
   * A number in any form: bigint where a number can't hold it, number for all others. What a Java field is declared as
   * decides there as well, not how the sender wrote it.
   */
  number(): number | bigint {
    const byte = this.peek()
    if ((byte >= 0x80 && byte <= 0xd7) || byte === code.int) return this.int()
    if (kindOf(byte) === 'double') return this.double()
    return this.long()
  }

  /** A long: bigint where a number can't hold it. */
  long(): number | bigint {
    const byte = this.byte()
    if (byte >= 0xd8 && byte <= 0xef) return byte - code.long1
    if (byte >= 0xf0) return ((byte - code.long2) << 8) | this.byte()
    if (byte >= 0x38 && byte <= 0x3f) return ((byte - code.long3) << 16) | this.short()
    if (byte === code.long4) return this.four()
    if (byte !== code.long) throw expected('a number', byte)
    const high = this.four()
    const low = this.four()
    // Most fit, and a bigint costs more than the rest of it.
    if (high >= -0x200000 && high < 0x200000) return high * 2 ** 32 + (low >>> 0)
    scratch.setInt32(0, high)
    scratch.setInt32(4, low)
    return scratch.getBigInt64(0)
  }

  double(): number {
    const byte = this.byte()
    switch (byte) {
      case code.zero:
        return 0
      case code.one:
        return 1
      case code.double1:
        return (this.byte() << 24) >> 24
      case code.double2:
        return (this.short() << 16) >> 16
      case code.doubleMills:
        return this.four() * 0.001
      case code.double:
        this.eight()
        return scratch.getFloat64(0)
      default:
        throw expected('a double', byte)
    }
  }

  /** Milliseconds since 1970, within what a Date holds. */
  date(): number {
    const byte = this.byte()
    if (byte === code.dateMinutes) return this.four() * 60_000
    if (byte !== code.date) throw expected('a date', byte)
    this.eight()
    const time = Number(scratch.getBigInt64(0))
    if (Math.abs(time) > 8.64e15) throw new Misread('a date is outside of what a Date holds')
    return time
  }

  string(): string {
    const { pos } = this
    const length = pos < this.len ? (this.buf[pos] as number) : 0x40
    if (length <= 31) {
      const text = pos + 1 + length <= this.len ? this.shortText(pos + 1, length) : undefined
      if (text !== undefined) {
        this.pos = pos + 1 + length
        return text
      }
    }
    let whole = ''
    for (;;) {
      const byte = this.byte()
      const text = this.text(this.stringLength(byte))
      if (byte !== code.stringChunk) return whole === '' ? text : whole + text
      whole += text
    }
  }

  /** Undefined: it isn't all ASCII. */
  private shortText(at: number, length: number): string | undefined {
    const { buf } = this
    const view = this.#view
    const known =
      view !== undefined && length <= recurringBytes && at + recurringBytes <= buf.length
        ? recurringText(buf, view, at, length)
        : undefined
    return known ?? asciiText(buf, at, length)
  }

  bytes(): Uint8Array {
    const first = this.byte()
    const length = this.binaryLength(first)
    if (first !== code.binaryChunk) return new Uint8Array(this.buf.subarray(this.pos, this.past(length)))
    const chunks = [this.buf.subarray(this.pos, this.past(length))]
    for (let byte: number = first; byte === code.binaryChunk; ) {
      byte = this.byte()
      const more = this.binaryLength(byte)
      chunks.push(this.buf.subarray(this.pos, this.past(more)))
    }
    return new Uint8Array(Buffer.concat(chunks))
  }

  /**
   * Begins a list. Its length, or -1 where `ends` tells; `listType` is then the name its sender gave it, undefined for
   * Java's ArrayList.
   */
  list(): number {
    const byte = this.byte()
    this.listType = undefined
    if (byte >= code.list0 && byte <= 0x7f) return this.fits(byte - code.list0)
    if (byte >= code.typedList0 && byte <= 0x77) {
      this.listType = this.type()
      return this.fits(byte - code.typedList0)
    }
    switch (byte) {
      case code.fixedList:
        return this.fits(this.int())
      case code.list:
        return -1
      case code.typedFixedList:
        this.listType = this.type()
        return this.fits(this.int())
      case code.typedList:
        this.listType = this.type()
        return -1
      default:
        throw expected('a list', byte)
    }
  }

  /** Begins a map that `ends` ends. The name its sender gave it, undefined for Java's HashMap. */
  map(): string | undefined {
    const byte = this.byte()
    if (byte === code.map) return undefined
    if (byte === code.typedMap) return this.type()
    throw expected('a map', byte)
  }

  /** Begins an object: the values of its definition's fields follow. */
  object(): ReadDefinition {
    let byte = this.byte()
    for (; byte === code.definition; byte = this.byte()) this.define()
    const index = byte >= code.object0 && byte <= 0x6f ? byte - code.object0 : this.objectIndex(byte)
    if (index < 0 || index >= this.#definitionCount)
      throw new Misread(`an object of class number ${index}, not defined`)
    return this.#definitions[index] as ReadDefinition
  }

  /** The class of the object that comes next, which stays unread; undefined where no object does. */
  peekClass(): string | undefined {
    if (kindOf(this.peek()) !== 'object') return undefined
    const { pos } = this
    const count = this.#definitionCount
    try {
      return this.object().name
    } finally {
      this.pos = pos
      this.#definitionCount = count
    }
  }

  /**
   * Goes into the list, map or object that begins here, and gives it its number. `coder` is what reads it: where a
   * reference asks for the same, it gets the same value. Returns the number, for `close`.
   */
  open(coder?: SlotCoder): number {
    if (++this.depth > maxDepth) throw new Misread(`it nests deeper than ${maxDepth} levels`)
    this.counted(1)
    const number = this.#slotCount++
    let slot = this.#slots[number]
    if (!slot) {
      slot = new Slot()
      this.#slots[number] = slot
    }
    slot.at = this.pos
    slot.definitions = this.#definitionCount
    slot.types = this.#typeCount
    slot.coder = coder
    slot.items = this.items
    slot.value = open
    return number
  }

  close<T>(number: number, value: T): T {
    this.depth--
    const slot = this.#slots[number] as Slot
    slot.value = value
    slot.items = this.items - slot.items
    return value
  }

  /** Counts values against the limit. */
  counted(values: number): void {
    this.items += values
    if (this.items > maxItems) throw new Misread(`it holds more than ${maxItems} values`)
  }

  /** Is the next value a reference? */
  refers(): boolean {
    return this.pos < this.len && this.buf[this.pos] === code.reference
  }

  /**
   * The value that the reference at `pos` asks for, in `coder`'s form, or in one that `isOne` takes for it. Throws at a
   * circle.
   */
  shared(coder: SlotCoder, isOne?: (coder: SlotCoder) => boolean): unknown {
    const number = this.reference()
    const slot = this.#slots[number] as Slot
    if (slot.value === open) throw new Misread('it refers to a value that it is a part of: a circle')
    this.counted(slot.items)
    if (slot.coder === coder || (slot.coder && isOne?.(slot.coder))) return slot.value
    return this.replay(number, slot, coder)
  }

  /** Is the next value a reference to something around it, as a Throwable without a cause names itself? Then it is read. */
  circles(): boolean {
    if (!this.refers()) return false
    const { pos } = this
    if ((this.#slots[this.reference()] as Slot).value === open) return true
    this.pos = pos
    return false
  }

  /** What `read` finds from here on; then everything is as before. */
  lookahead<T>(read: () => T): T {
    return this.apart(this.pos, read)
  }

  /** Passes over a value of any kind. What lies in it is counted and can be referred to. */
  skip(): undefined {
    const byte = this.peek()
    switch (kindOf(byte)) {
      case 'null':
      case 'boolean':
        this.pos++
        return
      case 'int':
      case 'long':
      case 'double':
        this.number()
        return
      case 'date':
        this.pos++
        this.past(byte === code.date ? 8 : 4)
        return
      case 'string':
        this.skipString()
        return
      case 'binary':
        this.skipBinary()
        return
      case 'reference':
        this.reference()
        return
      case 'list': {
        const number = this.open()
        const length = this.list()
        for (let i = 0; length < 0 ? !this.ends() : i < length; i++) this.skipOne()
        this.close(number, passed)
        return
      }
      case 'map': {
        const number = this.open()
        this.map()
        while (!this.ends()) {
          this.skipOne()
          this.skip()
        }
        this.close(number, passed)
        return
      }
      case 'object': {
        const number = this.open()
        const { fields } = this.object()
        for (let i = 0; i < fields.length; i++) this.skip()
        this.close(number, passed)
        return
      }
      default:
        throw expected('a value', byte)
    }
  }

  private skipOne(): void {
    this.counted(1)
    this.skip()
  }

  private skipString(): void {
    for (;;) {
      const byte = this.byte()
      for (let left = this.stringLength(byte); left > 0; left--) {
        const unit = this.byte()
        if (unit > 127) this.past(unit < 0xe0 ? 1 : 2)
      }
      if (byte !== code.stringChunk) return
    }
  }

  private skipBinary(): void {
    for (;;) {
      const byte = this.byte()
      this.past(this.binaryLength(byte))
      if (byte !== code.binaryChunk) return
    }
  }

  /** The number of the slot that is referred to. */
  private reference(): number {
    this.pos++
    const number = this.int()
    if (number < 0 || number >= this.#slotCount) throw new Misread(`it refers to value number ${number}, not there yet`)
    return number
  }

  /** Reads a value's bytes again. Its content keeps its numbers, and the tables grow as they did the first time. */
  private replay(number: number, slot: Slot, coder: SlotCoder): unknown {
    return this.apart(slot.at, () => {
      this.#definitionCount = slot.definitions
      this.#typeCount = slot.types
      this.#slotCount = number
      return coder.read(this)
    })
  }

  /** Reads elsewhere, or ahead. What is counted there counts again where it is read in its turn, and only there. */
  private apart<T>(at: number, read: () => T): T {
    const { pos, depth, items } = this
    const [definitions, types, slots] = [this.#definitionCount, this.#typeCount, this.#slotCount]
    this.pos = at
    const found = read()
    this.#replayed += this.pos - at
    if (this.#replayed > Math.max(maxReplayed, this.len * 4))
      throw new Misread('it shares too many values of different types')
    this.pos = pos
    this.depth = depth
    this.items = items
    this.#definitionCount = definitions
    this.#typeCount = types
    this.#slotCount = slots
    return found
  }

  private define(): void {
    const index = this.#definitionCount
    if (index >= maxDefinitions) throw new Misread(`it defines more than ${maxDefinitions} classes`)
    const start = this.pos
    let definition = this.known(index)
    if (definition === undefined) {
      definition = this.definition()
      remember(index, definition, this.buf.subarray(start, this.pos))
    }
    this.#definitions[index] = definition
    this.#definitionCount = index + 1
  }

  /** A class that was defined by the same bytes before: mostly as the same one of its message. */
  private known(index: number): ReadDefinition | undefined {
    const last = knownDefinitions[lastKnown[index] ?? 0]
    if (last !== undefined && this.begins(last.pattern)) {
      this.pos += last.pattern.length
      return last.definition
    }
    for (let i = 0; i < knownDefinitions.length; i++) {
      const { pattern, definition } = knownDefinitions[i] as KnownDefinition
      if (!this.begins(pattern)) continue
      if (index < mostKnown) lastKnown[index] = i
      this.pos += pattern.length
      return definition
    }
    return undefined
  }

  private definition(): ReadDefinition {
    const name = this.string()
    const count = this.fits(this.int())
    if (count > maxFields) throw new Misread(`class ${shown(name)} has more than ${maxFields} fields`)
    const fields: string[] = []
    for (let i = 0; i < count; i++) fields.push(this.string())
    return new ReadDefinition(name, fields)
  }

  private objectIndex(byte: number): number {
    if (byte !== code.object) throw expected('an object', byte)
    return this.int()
  }

  /** A type's name, or the number of one that came before. */
  private type(): string {
    if (kindOf(this.peek()) === 'string') {
      const name = this.string()
      this.#types[this.#typeCount++] = name
      return name
    }
    const index = this.int()
    if (index < 0 || index >= this.#typeCount) throw new Misread(`type number ${index} was not named before`)
    return this.#types[index] as string
  }

  /** A count of values that are still to come: each takes a byte at least. */
  private fits(count: number): number {
    if (count < 0 || count > this.len - this.pos) {
      throw new Misread(`a length of ${count} does not fit into the ${this.len - this.pos} bytes that are left`)
    }
    return count
  }

  private stringLength(byte: number): number {
    if (byte <= 0x1f) return byte
    if (byte >= 0x30 && byte <= 0x33) return ((byte - code.string10) << 8) | this.byte()
    if (byte === code.stringEnd || byte === code.stringChunk) return this.short()
    throw expected('a string', byte)
  }

  private binaryLength(byte: number): number {
    if (byte >= 0x20 && byte <= 0x2f) return byte - code.binary
    if (byte >= 0x34 && byte <= 0x37) return ((byte - code.binary10) << 8) | this.byte()
    if (byte === code.binaryEnd || byte === code.binaryChunk) return this.short()
    throw expected('binary', byte)
  }

  /** Text of so many UTF-16 units. */
  private text(length: number): string {
    this.fits(length)
    const { buf, pos } = this
    let i = 0
    while (i < length && (buf[pos + i] as number) < 0x80) i++
    if (i === length) {
      this.pos = pos + length
      return (buf as TextBuffer).latin1Slice(pos, pos + length)
    }
    units ??= new Uint16Array(0x10000)
    for (let k = 0; k < i; k++) units[k] = buf[pos + k] as number
    this.pos = pos + i
    for (; i < length; i++) units[i] = this.unit()
    return (Buffer.from(units.buffer) as TextBuffer).ucs2Slice(0, length * 2)
  }

  /** One UTF-16 unit, from one to three bytes. Java knows no four: a pair of surrogates is two units. */
  private unit(): number {
    const first = this.byte()
    if (first < 0x80) return first
    if (first >= 0xc0 && first < 0xe0) return ((first & 0x1f) << 6) | this.following()
    if (first >= 0xe0 && first < 0xf0) {
      const second = this.following()
      return ((first & 0x0f) << 12) | (second << 6) | this.following()
    }
    throw new Misread(`a string holds the byte 0x${first.toString(16)}, which begins no character`)
  }

  private following(): number {
    const byte = this.byte()
    if ((byte & 0xc0) !== 0x80) throw new Misread('a character of a string is cut off')
    return byte & 0x3f
  }

  /** Moves past so many bytes. Returns where they end. */
  private past(bytes: number): number {
    const end = this.pos + bytes
    if (end > this.len) throw cutOff()
    this.pos = end
    return end
  }

  private short(): number {
    if (this.pos + 2 > this.len) throw cutOff()
    const { buf, pos } = this
    this.pos = pos + 2
    return ((buf[pos] as number) << 8) | (buf[pos + 1] as number)
  }

  private four(): number {
    if (this.pos + 4 > this.len) throw cutOff()
    const { buf, pos } = this
    this.pos = pos + 4
    return (
      ((buf[pos] as number) << 24) |
      ((buf[pos + 1] as number) << 16) |
      ((buf[pos + 2] as number) << 8) |
      (buf[pos + 3] as number)
    )
  }

  private eight(): void {
    scratch.setInt32(0, this.four())
    scratch.setInt32(4, this.four())
  }
}

/** What stands for a value that was passed over. */
const passed = undefined

function cutOff(): Misread {
  return new Misread('it is cut off')
}
