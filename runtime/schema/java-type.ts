/** A type of Java's as `@java` writes it, names in full: `java.util.Map<java.lang.Integer, java.time.Instant[]>`. */
export interface JavaType {
  /** A primitive's name, or a class's in full. */
  readonly name: string
  readonly args: readonly JavaType[]
  /** How many `[]` stand behind it. */
  readonly dimensions: number
}

/** Longer texts are no types of a person's. */
const maxLength = 1000
const maxDepth = 20

const primitives = new Set(['boolean', 'byte', 'char', 'double', 'float', 'int', 'long', 'short'])

/** What may be written without its package. */
const packages: Readonly<Record<string, string>> = {
  'java.lang': 'Boolean Byte CharSequence Character Double Enum Float Integer Iterable Long Number Object Short String',
  'java.math': 'BigDecimal BigInteger',
  'java.time':
    'Duration Instant LocalDate LocalDateTime LocalTime MonthDay OffsetDateTime OffsetTime Period Year YearMonth ZoneId ' +
    'ZoneOffset ZonedDateTime',
  'java.util':
    'ArrayList Calendar Collection Date Deque HashMap HashSet LinkedHashMap LinkedHashSet LinkedList List Locale Map ' +
    'NavigableMap NavigableSet Queue Set SortedMap SortedSet TreeMap TreeSet UUID',
}

const fullNames: ReadonlyMap<string, string> = new Map(
  Object.entries(packages).flatMap(([within, names]) =>
    names.split(' ').map((name): [string, string] => [name, `${within}.${name}`]),
  ),
)

/** Reads such a type; classes of java.lang, java.util, java.time and java.math need no package. Undefined: it is none. */
export function parseJavaType(text: string): JavaType | undefined {
  if (text.length > maxLength) return undefined
  const tokens = text.match(/[\w$.]+|\S/g) ?? []
  let at = 0
  const read = (depth: number): JavaType | undefined => {
    const written = tokens[at++] ?? ''
    if (depth > maxDepth || !/^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/.test(written)) return undefined
    const args: JavaType[] = []
    if (tokens[at] === '<') {
      do {
        at++
        const arg = read(depth + 1)
        if (!arg || isPrimitive(arg)) return undefined
        args.push(arg)
      } while (tokens[at] === ',')
      if (tokens[at++] !== '>') return undefined
    }
    let dimensions = 0
    for (; tokens[at] === '[' && tokens[at + 1] === ']'; at += 2) dimensions++
    return { name: fullNames.get(written) ?? written, args, dimensions }
  }
  const type = read(0)
  return at === tokens.length ? type : undefined
}

export function isPrimitive({ name, dimensions }: JavaType): boolean {
  return dimensions === 0 && primitives.has(name)
}

/** What an array is an array of. */
export function componentOf(type: JavaType): JavaType {
  return { ...type, dimensions: type.dimensions - 1 }
}

const codes: Readonly<Record<string, string>> = {
  boolean: 'Z',
  byte: 'B',
  char: 'C',
  double: 'D',
  float: 'F',
  int: 'I',
  long: 'J',
  short: 'S',
}

/** As the virtual machine writes it, and Dubbo's requests do; generics are erased: `[I`, `Ljava/util/List;`. */
export function javaDescriptor({ name, dimensions }: JavaType): string {
  return '['.repeat(dimensions) + (codes[name] ?? `L${name.replaceAll('.', '/')};`)
}
