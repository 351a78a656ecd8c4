/**
 * Names as protobuf takes them. What a name must not meet is wider than its own letters: field names are compared without
 * case and underscores (their JSON names must differ), and the values of an enum lie in the scope around it.
 */

/** `orderNumber` becomes `order_number`, as protobuf's style guide has it; anything but lower camel case stays as it is. */
export function snakeCase(name: string): string {
  if (!/^[a-z][A-Za-z0-9]*$/.test(name)) return name
  return words(name).toLowerCase()
}

/** `SeatClass` becomes `SEAT_CLASS`. */
export function upperSnakeCase(name: string): string {
  return words(name).toUpperCase()
}

/** `seat_class` becomes `SeatClass`: how protoc names the entry of a map field. */
export function pascalCase(name: string): string {
  return name.replace(/(?:^|_+)([a-zA-Z0-9]?)/g, (_, letter: string) => letter.toUpperCase())
}

/** The JSON name that protobuf gives a field: `seat_class` becomes `seatClass`. */
export function jsonName(name: string): string {
  return name.replace(/_+([a-zA-Z0-9]?)/g, (_, letter: string) => letter.toUpperCase())
}

/** Any text as an identifier: what is no letter, digit or "_" becomes "_". */
export function identifier(text: string): string {
  const plain = text.replace(/^-(?=\d)/, 'minus_').replace(/[^A-Za-z0-9_]/g, '_')
  return /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`
}

/** What protobuf takes for equal: case and underscores don't count. */
export function folded(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}

/** Words that begin a statement or name a scalar: a type of such a name is written with its package, beginning with a dot. */
export const protoWords: ReadonlySet<string> = new Set(
  `bool bytes double enum extend extensions fixed32 fixed64 float group import int32 int64 map message oneof option
  optional package public repeated required reserved returns rpc service sfixed32 sfixed64 sint32 sint64 stream string
  syntax to uint32 uint64 weak export local edition max inf nan`.split(/\s+/),
)

/** Hands out names that differ from one another in `key`: `name`, else `name_2`, `name_3` ... */
export class ProtoScope {
  readonly #taken = new Set<string>()
  readonly #keys: (name: string) => readonly string[]

  constructor(keys: (name: string) => readonly string[] = (name) => [name]) {
    this.#keys = keys
  }

  take(wanted: string, alsoTaken: (name: string) => boolean = () => false): string {
    let name = wanted
    const isTaken = () => alsoTaken(name) || this.#keys(name).some((key) => this.#taken.has(key))
    for (let i = 2; isTaken(); i++) name = `${wanted}_${i}`
    for (const key of this.#keys(name)) this.#taken.add(key)
    return name
  }

  has(name: string): boolean {
    return this.#taken.has(name)
  }
}

/**
 * The scope of a message: fields, oneofs, nested types. `_name` stands for the oneof that `optional` makes, and the folded
 * name (marked, so that it meets only its like) for the JSON name.
 */
export function fieldKeys(name: string): string[] {
  return [name, `_${name}`, `json ${folded(name)}`]
}

function words(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
}
