import { RpcError } from '../../error.js'
import { isForJava, javaName } from '../../schema/java-name.js'
import { javaDescriptor, parseJavaType } from '../../schema/java-type.js'
import type {
  EnumDeclaration,
  MethodSchema,
  Scalar,
  ServiceSchema,
  Type,
  TypeDeclaration,
} from '../../schema/schema.js'

/**
 * The types of a method's parameters as Dubbo writes them, one behind the other: `ILjava/util/List;`. Generics are erased.
 * A provider in Java 3.x looks methods up by this very text.
 *
 * ```
 * int32 sint32 sfixed32  int      uint32 fixed32 int53 int64 sint64 sfixed64  long     uint64 fixed64  java.math.BigInteger
 * double                 double   float   float      boolean  boolean         string   java.lang.String
 * bytes                  byte[]   Date    java.util.Date                      decimal  java.math.BigDecimal
 * T[] and tuples         java.util.List     Set      java.util.Set            Map and records  java.util.Map
 * message, error, enum   its class          union    its `@java` or java.lang.Object           unknown  java.lang.Object
 * 'a' | 'b'              its `@java`, an enum; else what its values are: java.lang.String, double ...
 * ```
 *
 * What may be undefined or null is boxed: `java.lang.Integer`. A parameter with `@java` is what that says.
 */
export function descriptor(service: ServiceSchema, { params }: MethodSchema): string {
  return params
    .map(({ type, optional, java }) => {
      const said = java === undefined ? undefined : parseJavaType(java)
      return said ? javaDescriptor(said) : typeDescriptor(service.types, type, optional)
    })
    .join('')
}

export function typeDescriptor(types: ServiceSchema['types'], type: Type, boxed: boolean): string {
  switch (type.kind) {
    case 'scalar':
      return primitive(scalarTypes[type.scalar], boxed)
    case 'array':
    case 'tuple':
      return object('java.util.List')
    case 'set':
      return object('java.util.Set')
    case 'map':
      return object('java.util.Map')
    case 'nullable':
      return typeDescriptor(types, type.of, true)
    case 'literal':
      return primitive(literalType([type.value]), boxed)
    case 'ref': {
      const declaration = declarationOf(types, type.name)
      if (declaration.kind === 'enum' && !isJavaEnum(declaration)) {
        return primitive(literalType(declaration.members.map(({ value }) => value)), boxed)
      }
      if (declaration.kind === 'union') return object(javaName('java.lang.Object', declaration))
      return object(javaName(type.name, declaration))
    }
  }
}

/** An enum that is one in Java, too: written as such, or said to be one by `@java`. Other literals go as they are. */
export function isJavaEnum(declaration: EnumDeclaration): boolean {
  return declaration.form === 'enum' || isForJava(declaration)
}

export function declarationOf(types: ServiceSchema['types'], name: string): TypeDeclaration {
  const declaration = Object.hasOwn(types, name) ? types[name] : undefined
  if (!declaration) throw new RpcError('internal', `the contract refers to ${name}, which it doesn't declare`)
  return declaration
}

const scalarTypes: Readonly<Record<Scalar, string>> = {
  double: 'D',
  float: 'F',
  int32: 'I',
  sint32: 'I',
  sfixed32: 'I',
  uint32: 'J',
  fixed32: 'J',
  int53: 'J',
  int64: 'J',
  sint64: 'J',
  sfixed64: 'J',
  uint64: 'java.math.BigInteger',
  fixed64: 'java.math.BigInteger',
  boolean: 'Z',
  string: 'java.lang.String',
  bytes: '[B',
  date: 'java.util.Date',
  decimal: 'java.math.BigDecimal',
  json: 'java.lang.Object',
}

const boxes: Readonly<Record<string, string>> = {
  D: 'java.lang.Double',
  F: 'java.lang.Float',
  I: 'java.lang.Integer',
  J: 'java.lang.Long',
  Z: 'java.lang.Boolean',
}

/** What literals are in Java: whole numbers int, others double, several kinds Object. */
function literalType(values: readonly (string | number | boolean)[]): string {
  const kinds = new Set(values.map((value) => typeof value))
  if (kinds.size !== 1) return 'java.lang.Object'
  if (kinds.has('string')) return 'java.lang.String'
  if (kinds.has('boolean')) return 'Z'
  return values.every((value) => ((value as number) | 0) === value) ? 'I' : 'D'
}

function primitive(type: string, boxed: boolean): string {
  const box = boxes[type]
  if (box === undefined) return type.startsWith('[') ? type : object(type)
  return boxed ? object(box) : type
}

function object(className: string): string {
  return `L${className.replaceAll('.', '/')};`
}
