import type { RpcError } from '../../error.js'
import { javaName } from '../../schema/java-name.js'
import { type JavaType, parseJavaType } from '../../schema/java-type.js'
import type {
  EnumDeclaration,
  Field,
  MessageDeclaration,
  ServiceSchema,
  Type,
  UnionDeclaration,
} from '../../schema/schema.js'
import { classOfType, memberOf, type ValueClass } from '../../schema/union.js'
import { put } from '../container.js'
import { DeclaredError } from '../dynamic/coders.js'
import { expectObject, none } from '../field.js'
import { mismatch } from '../protobuf.js'
import { kindOf } from './code.js'
import { ArrayCoder, hashSet, MapCoder, optional, optionalNullable, SetCoder, TupleCoder } from './containers.js'
import { containerName, itemOf } from './java-containers.js'
import { scalarAs } from './java-scalars.js'
import { declarationOf, isJavaEnum } from './java-type.js'
import { expected, Misread, shown, within } from './misread.js'
import type { HessianReader, ReadDefinition } from './reader.js'
import { type Coder, scalarCoders } from './scalars.js'
import { readCause, throwableFields, writeThrowable } from './throwable.js'
import { anything } from './value.js'
import { ClassDefinition, type HessianWriter } from './writer.js'

/**
 * The coders of a contract's types, each made once: that a value was written or read by the same coder is what lets a
 * second place share it. What a reference leads to is made when its first value goes by.
 */
export class Coders {
  /** Write messages as maps and constants as text, as Dubbo's generic calls have them. */
  readonly generic: boolean
  readonly #types: ServiceSchema['types']
  readonly #made = new Map<string, Coder>()

  constructor(types: ServiceSchema['types'], generic = false) {
    this.#types = types
    this.generic = generic
  }

  /** `java`: what it is in Java, where the contract says so. */
  of(type: Type, java?: JavaType): Coder {
    if (type.kind === 'scalar' && !java) return scalarCoders[type.scalar]
    const key = JSON.stringify(java ? [type, java] : type)
    const known = this.#made.get(key)
    if (known) return known
    const made = this.#make(type, java)
    this.#made.set(key, made)
    return made
  }

  /** The same for a field, parameter or item that may be left out. */
  field({ type, optional: mayBeAbsent, java }: Pick<Field, 'type' | 'optional' | 'java'>): Coder {
    const coder = this.of(type, java === undefined ? undefined : parseJavaType(java))
    if (!mayBeAbsent) return coder
    return type.kind === 'nullable' ? optionalNullable(coder) : optional(coder, undefined)
  }

  #make(type: Type, java: JavaType | undefined): Coder {
    switch (type.kind) {
      case 'scalar':
        return java ? scalarAs(type.scalar, java) : scalarCoders[type.scalar]
      case 'array':
        return new ArrayCoder(this.of(type.item, itemOf(java)), java && containerName(java))
      case 'set': {
        const item = this.of(type.item, itemOf(java))
        return java ? new SetCoder(type.item, item, containerName(java)) : new SetCoder(type.item, item, hashSet)
      }
      case 'map': {
        const [key, value] = java?.args ?? []
        return new MapCoder(type, this.of(type.key, key), this.of(type.value, value), java && containerName(java))
      }
      case 'tuple': {
        const least = type.items.filter((item) => !item.optional).length
        const items = type.items.map((item) => this.field(item))
        return new TupleCoder(items, least, type.rest && this.of(type.rest), java && containerName(java))
      }
      case 'nullable':
        return optional(this.of(type.of, java), null)
      case 'literal':
        return literal(type.value)
      case 'ref': {
        const declaration = declarationOf(this.#types, type.name)
        if (declaration.kind === 'enum') return this.#enumeration(type.name, declaration, java)
        if (declaration.kind === 'union') return new UnionCoder(this, this.#types, type.name, declaration)
        return declaration.kind === 'error'
          ? new ErrorCoder(this, type.name, declaration)
          : new MessageCoder(this, type.name, declaration)
      }
    }
  }

  #enumeration(name: string, declaration: EnumDeclaration, java: JavaType | undefined): Coder {
    if (isJavaEnum(declaration)) return javaEnum(name, declaration, javaName(name, declaration), this.generic)
    if (java && !isPlain(java)) return javaEnum(name, declaration, java.name, this.generic)
    return plainEnum(name, declaration)
  }
}

/** Java's texts and numbers, which literals are where nobody says that they are an enum. */
function isPlain({ name }: JavaType): boolean {
  return !name.includes('.') || name.startsWith('java.')
}

/** The one value that the contract knows. It is written, for Java has a field for it; whatever comes is passed over. */
function literal(value: string | number | boolean): Coder {
  return {
    write(out, given) {
      if (given !== value) throw mismatch
      anything.write(out, value)
    },
    read(from) {
      from.skip()
      return value
    },
  }
}

/** A Java enum: an object with the constant's name. The name alone is read, too, and is all that generic calls have. */
function javaEnum(name: string, declaration: EnumDeclaration, className: string, generic: boolean): Coder {
  const names = new Map<unknown, string>(declaration.members.map((member) => [member.value, member.name]))
  const values = new Map(declaration.members.map((member) => [member.name, member.value]))
  const definition = new ClassDefinition(className, ['name'])
  return {
    write(out, value) {
      const constant = names.get(value)
      if (constant === undefined) throw mismatch
      if (!generic) {
        out.numbered()
        out.object(definition)
      }
      out.string(constant)
    },
    read(from) {
      const constant = scalarCoders.string.read(from) as string
      const value = values.get(constant)
      if (value === undefined) throw unknownMember(name, constant)
      return value
    },
  }
}

/** Literals that are no enum in Java: text, numbers. */
function plainEnum(name: string, { members }: EnumDeclaration): Coder {
  const values = new Set<unknown>(members.map((member) => member.value))
  return {
    write(out, value) {
      if (!values.has(value)) throw mismatch
      anything.write(out, value)
    },
    read(from) {
      const isText = kindOf(from.peek()) === 'string'
      const value = isText ? from.string() : Number(from.number())
      if (!values.has(value)) throw unknownMember(name, String(value))
      return value
    },
  }
}

function unknownMember(name: string, value: string): Misread {
  return new Misread(`${shown(value)} is no member of ${name}; is the sender's contract newer?`)
}

interface MessageField {
  readonly name: string
  readonly coder: Coder
  readonly optional: boolean
  /** The value where no such field came. */
  readonly initial: unknown
  /** Object.prototype has a property of this name: only an own one counts. */
  readonly inherited: boolean
}

/** What a sender's class is to us. */
interface Plan {
  readonly fields: readonly string[]
  /** Which of our fields each of its fields is; -1: none. */
  readonly numbers: readonly number[]
  /** A required field that it hasn't. */
  readonly lacks: string | undefined
}

/**
 * A message: an object of its Java class, its fields matched by name, in whatever order and number they come, and whatever
 * the class is called: a subclass is read as what the contract knows of it. A map by the fields' names is read, too.
 */
export class MessageCoder implements Coder {
  readonly #coders: Coders
  readonly #name: string
  readonly #declaration: MessageDeclaration
  #fields: readonly MessageField[] | undefined
  #numbers = new Map<string, number>()
  #definition: ClassDefinition | undefined
  /** The required fields, to be filled in: a copy of it has its shape at once. Undefined where that won't do. */
  #template: Readonly<Record<string, unknown>> | undefined
  /** What the sender's class of the last message came to: mostly all are alike. */
  #lastPlan: Plan | undefined

  constructor(coders: Coders, name: string, declaration: MessageDeclaration) {
    this.#coders = coders
    this.#name = name
    this.#declaration = declaration
  }

  write(out: HessianWriter, value: unknown): void {
    expectObject(value)
    const fields = this.#fields ?? this.#make()
    const record = value as Readonly<Record<string, unknown>>
    if (out.shared(record, this)) return
    if (this.#coders.generic) {
      this.#writeMap(out, fields, record)
      return
    }
    out.object(this.#definition as ClassDefinition)
    for (let i = 0; i < fields.length; i++) {
      const { name, coder, inherited } = fields[i] as MessageField
      coder.write(out, inherited && !Object.hasOwn(record, name) ? undefined : record[name])
    }
    this.writeFurther(out, record)
    out.close()
  }

  /** As Dubbo's generic calls have it: with its class among the fields. */
  #writeMap(out: HessianWriter, fields: readonly MessageField[], record: Readonly<Record<string, unknown>>): void {
    out.map()
    out.string('class')
    out.string(javaName(this.#name, this.#declaration))
    for (const { name, coder, inherited } of fields) {
      out.string(name)
      coder.write(out, inherited && !Object.hasOwn(record, name) ? undefined : record[name])
    }
    out.end()
    out.close()
  }

  read(from: HessianReader): unknown {
    if (from.refers()) return from.shared(this)
    const slot = from.open(this)
    const fields = this.#fields ?? this.#make()
    const template = this.#template
    if (!template || kindOf(from.peek()) === 'map') return from.close(slot, this.message(this.values(from)))
    return from.close(slot, this.#filled(from, fields, { ...template }))
  }

  /** Reads an object straight into its message. */
  #filled(from: HessianReader, fields: readonly MessageField[], message: Record<string, unknown>): object {
    const definition = from.object()
    const { numbers, lacks } = definition.coder === this ? (definition.plan as Plan) : this.#plan(definition)
    let further: unknown[] | undefined
    let i = 0
    try {
      for (; i < numbers.length; i++) {
        const number = numbers[i] as number
        if (number < 0) {
          from.skip()
          continue
        }
        const { name, coder, optional: may } = fields[number] as MessageField
        const value = coder.read(from)
        if (!may) message[name] = value
        else if (value !== undefined) {
          further ??= []
          further[number] = value
        }
      }
    } catch (thrown) {
      throw within(thrown, `.${definition.fields[i]}`)
    }
    if (lacks !== undefined) throw this.#lacks(lacks)
    if (further !== undefined) {
      for (let i = 0; i < further.length; i++) {
        if (further[i] !== undefined) message[(fields[i] as MessageField).name] = further[i]
      }
    }
    return message
  }

  #lacks(name: string): Misread {
    return new Misread(`${this.#name} came without its required ${shown(name)}`)
  }

  /** Fields that the class has besides those of the contract. */
  protected get further(): readonly string[] {
    return []
  }

  protected writeFurther(_out: HessianWriter, _value: object): void {}

  /** Reads a field that the contract doesn't know. */
  protected readFurther(from: HessianReader, _name: string, _values: unknown[]): void {
    from.skip()
  }

  /** The fields' values, as they are declared. Reads the whole object or map. */
  protected values(from: HessianReader): unknown[] {
    const fields = this.#fields ?? this.#make()
    const values = fields.map((field) => field.initial)
    if (kindOf(from.peek()) === 'map') this.#readMap(from, fields, values)
    else this.#readObject(from, fields, values)
    for (let i = 0; i < fields.length; i++) {
      if (values[i] === undefined && !(fields[i] as MessageField).optional) {
        throw this.#lacks((fields[i] as MessageField).name)
      }
    }
    return values
  }

  #readObject(from: HessianReader, fields: readonly MessageField[], values: unknown[]): void {
    const definition = from.object()
    const { numbers } = definition.coder === this ? (definition.plan as Plan) : this.#plan(definition)
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i] as number
      try {
        if (number < 0) this.readFurther(from, definition.fields[i] as string, values)
        else values[number] = (fields[number] as MessageField).coder.read(from)
      } catch (thrown) {
        throw within(thrown, `.${definition.fields[i]}`)
      }
    }
  }

  #readMap(from: HessianReader, fields: readonly MessageField[], values: unknown[]): void {
    from.map()
    while (!from.ends()) {
      from.counted(1)
      const key = kindOf(from.peek()) === 'string' ? from.string() : from.skip()
      const number = this.#numbers.get(key ?? '') ?? -1
      try {
        if (number < 0) from.skip()
        else values[number] = (fields[number] as MessageField).coder.read(from)
      } catch (thrown) {
        throw within(thrown, `.${key}`)
      }
    }
  }

  /** Which of our fields each of the sender's is. */
  #plan(definition: ReadDefinition): Plan {
    let plan = this.#lastPlan
    if (!plan || !areSame(plan.fields, definition.fields)) {
      const numbers = definition.fields.map((name) => this.#numbers.get(name) ?? -1)
      const lacking = this.#fields?.find(
        ({ optional: may, initial }, i) => !may && initial === undefined && !numbers.includes(i),
      )
      plan = { fields: definition.fields, numbers, lacks: lacking?.name }
      this.#lastPlan = plan
    }
    definition.coder = this
    definition.plan = plan
    return plan
  }

  /** As in generated code: what is required first, and what is absent left out. */
  protected message(values: readonly unknown[]): object {
    const fields = this.#fields as readonly MessageField[]
    const message: Record<string, unknown> = {}
    for (let i = 0; i < fields.length; i++) {
      const { name, optional: may, inherited } = fields[i] as MessageField
      if (may) continue
      if (inherited) put(message, name, values[i])
      else message[name] = values[i]
    }
    for (let i = 0; i < fields.length; i++) {
      const { name, optional: may } = fields[i] as MessageField
      if (may && values[i] !== undefined) put(message, name, values[i])
    }
    return message
  }

  #templateOf(fields: readonly MessageField[]): Readonly<Record<string, unknown>> | undefined {
    if (this.further.length > 0 || fields.some(({ inherited }) => inherited)) return undefined
    const required = fields.filter(({ optional: may }) => !may)
    return Object.fromEntries(required.map(({ name, initial }) => [name, initial]))
  }

  #make(): readonly MessageField[] {
    const { fields } = this.#declaration
    this.#fields = fields.map((field) => ({
      name: field.name,
      coder: this.#coders.field(field),
      optional: field.optional,
      initial: field.type.kind === 'literal' ? field.type.value : undefined,
      inherited: field.name in none,
    }))
    this.#numbers = new Map(fields.map((field, i) => [field.name, i]))
    this.#template = this.#templateOf(this.#fields)
    this.#definition = new ClassDefinition(javaName(this.#name, this.#declaration), [
      ...fields.map((field) => field.name),
      ...this.further,
    ])
    return this.#fields
  }
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  if (some.length !== others.length) return false
  for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false
  return true
}

/** A declared error: a Throwable with fields of its own. */
class ErrorCoder extends MessageCoder {
  readonly #name: string
  readonly #declaration: MessageDeclaration

  constructor(coders: Coders, name: string, declaration: MessageDeclaration) {
    super(coders, name, declaration)
    this.#name = name
    this.#declaration = declaration
  }

  protected override get further(): readonly string[] {
    return throwableFields
  }

  protected override writeFurther(out: HessianWriter, value: object): void {
    const { message = '', cause } = value as Partial<Error>
    writeThrowable(out, message, cause)
  }

  /** The message and the cause go behind the values of the declared fields. */
  protected override readFurther(from: HessianReader, name: string, values: unknown[]): void {
    const { length } = this.#declaration.fields
    if (name === 'detailMessage') values[length] = from.nil() ? undefined : from.string()
    else if (name === 'cause') values[length + 1] = readCause(from)
    else from.skip()
  }

  protected override message(values: readonly unknown[]): RpcError {
    const { fields } = this.#declaration
    const found = fields.flatMap(({ name }, i) => (values[i] === undefined ? [] : [[name, values[i]] as const]))
    const error = new DeclaredError(this.#name, found)
    error.message = (values[fields.length] as string | undefined) ?? ''
    const cause = values[fields.length + 1]
    if (cause !== undefined) error.cause = cause
    return error
  }
}

interface Member {
  readonly coder: Coder
  readonly valueClass: ValueClass | undefined
  /** The discriminator's value. */
  readonly value: string | number | boolean | undefined
  /** A literal that is the member itself. */
  readonly literal: string | number | boolean | undefined
  readonly className: string | undefined
  /** A Map or record: maps that are nothing else. */
  readonly isMap: boolean
}

/**
 * A union: whatever its member is. Objects are told apart by their class, maps by the discriminator, all others by what
 * they are in JavaScript.
 */
class UnionCoder implements Coder {
  readonly #coders: Coders
  readonly #types: ServiceSchema['types']
  readonly #name: string
  readonly #declaration: UnionDeclaration
  #members: readonly Member[] | undefined

  constructor(coders: Coders, types: ServiceSchema['types'], name: string, declaration: UnionDeclaration) {
    this.#coders = coders
    this.#types = types
    this.#name = name
    this.#declaration = declaration
  }

  write(out: HessianWriter, value: unknown): void {
    const member = memberOf(this.#types, this.#declaration, value)
    if (!member) throw mismatch
    this.#coders.of(member.type).write(out, value)
  }

  read(from: HessianReader): unknown {
    const members = this.#members ?? this.#make()
    if (from.refers()) return from.shared(this, (coder) => members.some((member) => member.coder === coder))
    return this.#member(from, members).read(from)
  }

  #member(from: HessianReader, members: readonly Member[]): Coder {
    const byte = from.peek()
    switch (kindOf(byte)) {
      case 'object':
        return this.#byClass(from, members)
      case 'map':
        return this.#byKey(from, members)
      case 'list':
        // Java's lists of any other name are arrays.
        return this.#byValueClass(members, byte, isSet(from) ? ['Set', 'array'] : ['array', 'Set'])
      case 'string':
        return this.#byLiteral(from, members) ?? this.#byValueClass(members, byte, ['string'])
      case 'boolean':
        return this.#byLiteral(from, members) ?? this.#byValueClass(members, byte, ['boolean'])
      case 'long':
        return this.#byLiteral(from, members) ?? this.#byValueClass(members, byte, ['bigint', 'number'])
      case 'int':
      case 'double':
        return this.#byLiteral(from, members) ?? this.#byValueClass(members, byte, ['number', 'bigint'])
      case 'date':
        return this.#byValueClass(members, byte, ['Date'])
      case 'binary':
        return this.#byValueClass(members, byte, ['Uint8Array'])
      default:
        throw expected(`a member of ${this.#name}`, byte)
    }
  }

  #byClass(from: HessianReader, members: readonly Member[]): Coder {
    const className = from.peekClass()
    const found = members.find((member) => member.className === className)
    if (found) return found.coder
    throw new Misread(`class ${shown(className ?? '')} is no member of ${this.#name}; is the sender's contract newer?`)
  }

  #byKey(from: HessianReader, members: readonly Member[]): Coder {
    const { discriminator } = this.#declaration
    const key = discriminator === undefined ? undefined : from.lookahead(() => valueAt(from, discriminator))
    const found =
      members.find((member) => member.value !== undefined && member.value === key) ??
      members.find(({ isMap }) => isMap) ??
      members.find(({ value, valueClass }) => value === undefined && valueClass === 'object')
    if (found) return found.coder
    throw new Misread(
      `a map is no member of ${this.#name}${discriminator ? ` without a ${discriminator} that it knows` : ''}; is the sender's contract newer?`,
    )
  }

  #byLiteral(from: HessianReader, members: readonly Member[]): Coder | undefined {
    if (!members.some((member) => member.literal !== undefined)) return undefined
    const value = from.lookahead(() => anything.read(from))
    const plain = typeof value === 'bigint' ? Number(value) : value
    return members.find((member) => member.literal !== undefined && member.literal === plain)?.coder
  }

  #byValueClass(members: readonly Member[], byte: number, classes: readonly ValueClass[]): Coder {
    for (const valueClass of classes) {
      const found = members.find((member) => member.literal === undefined && member.valueClass === valueClass)
      if (found) return found.coder
    }
    throw expected(`a member of ${this.#name}`, byte)
  }

  #make(): readonly Member[] {
    this.#members = this.#declaration.members.map(({ type, value }) => {
      return {
        coder: this.#coders.of(type),
        valueClass: classOfType(this.#types, type),
        value,
        literal: type.kind === 'literal' ? type.value : undefined,
        className: this.#classOf(type),
        isMap: type.kind === 'map',
      }
    })
    return this.#members
  }

  /** The class of the objects that a type is written as. */
  #classOf(type: Type): string | undefined {
    if (type.kind === 'scalar') {
      if (type.scalar === 'decimal') return 'java.math.BigDecimal'
      return type.scalar === 'uint64' || type.scalar === 'fixed64' ? 'java.math.BigInteger' : undefined
    }
    if (type.kind !== 'ref') return undefined
    const declaration = declarationOf(this.#types, type.name)
    if (declaration.kind === 'union') return undefined
    if (declaration.kind === 'enum' && !isJavaEnum(declaration)) return undefined
    return javaName(type.name, declaration)
  }
}

function isSet(from: HessianReader): boolean {
  from.lookahead(() => from.list())
  return from.listType?.endsWith('Set') ?? false
}

/** The value of a key of the map that comes next. */
function valueAt(from: HessianReader, name: string): unknown {
  from.open()
  from.map()
  while (!from.ends()) {
    const key = kindOf(from.peek()) === 'string' ? from.string() : from.skip()
    if (key === name) return kindOf(from.peek()) === 'object' ? scalarCoders.string.read(from) : anything.read(from)
    from.skip()
  }
  return undefined
}
