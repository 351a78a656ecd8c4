/**
 * Hessian 2's codes: the first byte of every value says what it is, and often how long or how large.
 * http://hessian.caucho.com/doc/hessian-serialization.html#rfc.section.5 (the bytecode map).
 *
 * ```
 * 00-1f string  20-2f binary  30-33 string  34-37 binary  38-3f long      41/42 binary chunks  43 class definition
 * 44 double     46/54 boolean 48 map        49 int        4a/4b date      4c long              4d typed map
 * 4e null       4f object     51 reference  52/53 string  55-58 lists     59 long              5a end
 * 5b-5f double  60-6f object  70-7f lists   80-d7 int     d8-ff long      (40, 45, 47, 50: nothing)
 * ```
 */
export const code = {
  /** The codes of strings, binaries and so on of 0 bytes, to which lengths are added. */
  string: 0x00,
  binary: 0x20,
  string10: 0x30,
  binary10: 0x34,
  long3: 0x3c,
  binaryChunk: 0x41,
  binaryEnd: 0x42,
  definition: 0x43,
  double: 0x44,
  false: 0x46,
  map: 0x48,
  int: 0x49,
  date: 0x4a,
  dateMinutes: 0x4b,
  long: 0x4c,
  typedMap: 0x4d,
  null: 0x4e,
  object: 0x4f,
  reference: 0x51,
  stringChunk: 0x52,
  stringEnd: 0x53,
  true: 0x54,
  typedList: 0x55,
  typedFixedList: 0x56,
  list: 0x57,
  fixedList: 0x58,
  long4: 0x59,
  end: 0x5a,
  zero: 0x5b,
  one: 0x5c,
  double1: 0x5d,
  double2: 0x5e,
  doubleMills: 0x5f,
  object0: 0x60,
  typedList0: 0x70,
  list0: 0x78,
  int1: 0x90,
  int2: 0xc8,
  int3: 0xd4,
  long1: 0xe0,
  long2: 0xf8,
} as const

/** What a value is, whatever its size and form. */
export type Kind =
  | 'null'
  | 'boolean'
  | 'int'
  | 'long'
  | 'double'
  | 'date'
  | 'string'
  | 'binary'
  | 'list'
  | 'map'
  | 'object'
  | 'reference'
  | 'end of a list or map'
  | 'byte that begins no value'

/** By code, all 256. */
const kinds: readonly Kind[] = Array.from({ length: 256 }, (_, byte) => kindOfByte(byte))

export function kindOf(byte: number): Kind {
  return kinds[byte] as Kind
}

function kindOfByte(byte: number): Kind {
  if (byte <= 0x1f || (byte >= 0x30 && byte <= 0x33) || byte === 0x52 || byte === 0x53) return 'string'
  if (byte <= 0x2f || (byte >= 0x34 && byte <= 0x37) || byte === 0x41 || byte === 0x42) return 'binary'
  if (byte <= 0x3f || byte === code.long || byte === code.long4 || byte >= 0xd8) return 'long'
  if (byte >= 0x80 || byte === code.int) return 'int'
  if (byte >= 0x70 || (byte >= 0x55 && byte <= 0x58)) return 'list'
  if (byte >= 0x60 || byte === code.object || byte === code.definition) return 'object'
  if (byte >= 0x5b || byte === code.double) return 'double'
  if (byte === code.true || byte === code.false) return 'boolean'
  if (byte === code.map || byte === code.typedMap) return 'map'
  if (byte === code.date || byte === code.dateMinutes) return 'date'
  if (byte === code.null) return 'null'
  if (byte === code.reference) return 'reference'
  return byte === code.end ? 'end of a list or map' : 'byte that begins no value'
}
