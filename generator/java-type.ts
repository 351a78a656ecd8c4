import { componentOf, isPrimitive, type JavaType, parseJavaType } from '../runtime/schema/java-type.js'
import type { Scalar } from '../runtime/schema/schema.js'
import type { ModelType } from './model.js'

/** What a `@java` at a property, a parameter or a result (`@javaResult`) says, or what is wrong with it. */
export function readJavaType(
  tag: string,
  text: string,
  type: ModelType,
  mayBeAbsent: boolean,
): { readonly text: string } | { readonly message: string; readonly fix: string } {
  const java = parseJavaType(text)
  if (!java)
    return { message: `@${tag} needs a type of Java's`, fix: `write: @${tag} java.util.Set<java.lang.Integer>` }
  const problem = misfit(type, java, mayBeAbsent)
  return problem ? { message: `${problem[0]} in Java`, fix: problem[1] } : { text }
}

type Problem = readonly [message: string, fix: string]

/** Why a value of the contract can't be this in Java; undefined where it can. Classes that nobody knows here are believed. */
function misfit(type: ModelType, java: JavaType, mayBeAbsent: boolean): Problem | undefined {
  if (type.kind === 'nullable') return misfit(type.of, java, true)
  if (mayBeAbsent && isPrimitive(java)) {
    return [
      `what may be null or absent is no ${java.name}`,
      `write its class: ${boxes[java.name] ?? 'java.lang.Object'}`,
    ]
  }
  if (isAnything(java)) return undefined
  switch (type.kind) {
    case 'scalar':
      return fitsScalar(type.scalar, java) ? undefined : no(words[type.scalar] ?? 'a number', java)
    case 'array':
    case 'set':
      return list(type.item, java)
    case 'tuple':
      return isPrimitive(java) ? no('a tuple', java) : undefined
    case 'map': {
      const [key, value] = java.args
      if (isPrimitive(java) || java.dimensions > 0) return no('a map', java)
      return (key && misfit(type.key, key, false)) ?? (value && misfit(type.value, value, false))
    }
    case 'literal':
      return undefined
    case 'ref':
      return java.dimensions > 0 ? no('it', java) : undefined
  }
}

function list(item: ModelType, java: JavaType): Problem | undefined {
  if (isPrimitive(java)) return no('a list', java)
  if (java.dimensions === 0) {
    const [of] = java.args
    return of && misfit(item, of, false)
  }
  const component = componentOf(java)
  if (isPrimitive(component) && (component.name === 'byte' || component.name === 'char')) {
    return [`a list is no ${component.name}[]`, component.name === 'byte' ? 'write Uint8Array' : 'write string']
  }
  return misfit(item, component, false)
}

function no(what: string, { name, dimensions }: JavaType): Problem {
  return [
    `${what} is no ${name}${'[]'.repeat(dimensions)}`,
    'name another type of Java’s, or another one in the contract',
  ]
}

function isAnything({ name, dimensions }: JavaType): boolean {
  return dimensions === 0 && (name === 'java.lang.Object' || name === 'java.io.Serializable')
}

const numbers =
  /^(byte|short|int|long|float|double|java\.lang\.(Byte|Short|Integer|Long|Float|Double|Number)|java\.math\.Big(Integer|Decimal))$/
const moments =
  /^java\.(util\.(Date|Calendar)|sql\.(Date|Time|Timestamp)|time\.(Instant|LocalDate|LocalDateTime|OffsetDateTime|ZonedDateTime))$/

function fitsScalar(scalar: Scalar, java: JavaType): boolean {
  const { name, dimensions } = java
  if (scalar === 'bytes') return name === 'byte' && dimensions === 1
  if (dimensions > 0) return scalar === 'json'
  switch (scalar) {
    case 'boolean':
      return name === 'boolean' || name === 'java.lang.Boolean'
    case 'date':
      return moments.test(name)
    case 'decimal':
      return name.startsWith('java.math.Big') || name === 'java.lang.Number'
    case 'string':
      return name === 'char' || !(isPrimitive(java) || numbers.test(name) || name === 'java.lang.Boolean')
    case 'json':
      return !isPrimitive(java)
    default:
      return numbers.test(name)
  }
}

const words: Readonly<Partial<Record<Scalar, string>>> = {
  boolean: 'a boolean',
  string: 'a text',
  bytes: 'a Uint8Array',
  date: 'a Date',
  decimal: 'a decimal',
  json: 'a value of any type',
}

const boxes: Readonly<Record<string, string>> = {
  boolean: 'java.lang.Boolean',
  byte: 'java.lang.Byte',
  char: 'java.lang.Character',
  double: 'java.lang.Double',
  float: 'java.lang.Float',
  int: 'java.lang.Integer',
  long: 'java.lang.Long',
  short: 'java.lang.Short',
}
