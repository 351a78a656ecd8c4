import { RpcError } from '../../error.js'
import type {
  EnumDeclaration,
  Field,
  MessageDeclaration,
  ServiceSchema,
  Type,
  UnionDeclaration,
} from '../../schema/schema.js'
import { lastName } from '../../schema/type-text.js'
import { memberOf } from '../../schema/union.js'
import { expectTuple, put, trimmed } from '../container.js'
import { expectObject, missing, skipField, unknownMember, unknownUnion } from '../field.js'
import { mismatch, type ProtobufReader, type ProtobufWriter } from '../protobuf.js'
import { type Coder, readValue, writeField } from './coder.js'
import { entries, literal, type Part, repeated, single } from './part.js'
import { scalarCoders } from './scalars.js'

/** A declared error as a client without generated code gets it: `type` names it, its properties are its own. */
export class DeclaredError extends RpcError {
  constructor(type: string, fields: readonly (readonly [name: string, value: unknown])[]) {
    super('failed_precondition', '', { type })
    this.name = lastName(type)
    for (const [name, value] of fields) put(this as unknown as Record<string, unknown>, name, value)
  }
}

/**
 * The coders of a contract's types. What a reference leads to is made when its first value goes by: making the coder of
 * one method costs nothing for the rest, and no chain of declarations a stack.
 */
export class Coders {
  readonly #types: ServiceSchema['types']
  readonly #declared = new Map<string, Coder>()

  constructor(types: ServiceSchema['types']) {
    this.#types = types
  }

  of(type: Type): Coder {
    switch (type.kind) {
      case 'scalar':
        return scalarCoders[type.scalar]
      case 'ref':
        return this.#reference(type.name)
      case 'nullable':
        return wrapper([single(this.of(type.of), 1, true, null)], (slots) => slots[0], 'a nullable value')
      case 'tuple':
        return this.#tuple(type)
      default:
        return this.value(type, false, `a ${type.kind}`)
    }
  }

  /** A message around one value: `{ 1: value }`. `owner` is what a missing value is blamed on. */
  value(type: Type, optional: boolean, owner: string): Coder {
    const part = this.part(type, 1, optional)
    return wrapper([part], (slots) => part.value(slots[0]), owner)
  }

  part(type: Type, number: number, optional: boolean): Part {
    if (type.kind === 'literal') return literal(type.value)
    if (!optional && type.kind === 'map') return entries(type, this.of(type.key), this.of(type.value), number)
    if (!optional && (type.kind === 'array' || type.kind === 'set')) return repeated(type, this.of(type.item), number)
    return single(this.of(type), number, optional)
  }

  parts(fields: readonly Field[]): readonly Part[] {
    return fields.map(({ type, number, optional }) => this.part(type, number, optional))
  }

  isMessage(type: Type): boolean {
    return type.kind === 'ref' && this.#declaration(type.name).kind === 'message'
  }

  #declaration(name: string) {
    const declaration = Object.hasOwn(this.#types, name) ? this.#types[name] : undefined
    if (!declaration) throw new RpcError('internal', `the contract refers to ${name}, which it doesn't declare`)
    return declaration
  }

  #reference(name: string): Coder {
    const known = this.#declared.get(name)
    if (known) return known
    const declaration = this.#declaration(name)
    const coder = declaration.kind === 'enum' ? enumeration(name, declaration) : this.#later(name, declaration)
    this.#declared.set(name, coder)
    return coder
  }

  #later(name: string, declaration: MessageDeclaration | UnionDeclaration): Coder {
    let made: Pick<Coder, 'write' | 'read'> | undefined
    const make = () => {
      made = declaration.kind === 'union' ? this.#union(name, declaration) : this.#message(name, declaration)
      return made
    }
    return {
      write: (writer, value) => (made ?? make()).write(writer, value),
      read: (reader) => (made ?? make()).read(reader),
      wire: 2,
      nested: true,
      initial: undefined,
    }
  }

  #message(name: string, { kind, fields }: MessageDeclaration): Pick<Coder, 'write' | 'read'> {
    const parts = this.parts(fields)
    const read = slotReader(parts, name, fields)
    // As in generated code: what is required first.
    const required = fields.flatMap((field, i) => (field.optional ? [] : [i]))
    const optional = fields.flatMap((field, i) => (field.optional ? [i] : []))
    return {
      write(writer, value) {
        expectObject(value)
        const record = value as Readonly<Record<string, unknown>>
        for (let i = 0; i < parts.length; i++) (parts[i] as Part).write(writer, record[(fields[i] as Field).name])
      },
      read(reader) {
        const slots = read(reader)
        const found: [string, unknown][] = []
        for (const i of required) found.push([(fields[i] as Field).name, (parts[i] as Part).value(slots[i])])
        for (const i of optional) if (slots[i] !== undefined) found.push([(fields[i] as Field).name, slots[i]])
        if (kind === 'error') return new DeclaredError(name, found)
        const message: Record<string, unknown> = {}
        for (const [key, value] of found) put(message, key, value)
        return message
      },
    }
  }

  #union(name: string, declaration: UnionDeclaration): Pick<Coder, 'write' | 'read'> {
    const members = new Map(
      declaration.members.map((member) => {
        const coder = member.type.kind === 'literal' ? nothing(member.type.value) : this.of(member.type)
        return [member.number * 8 + coder.wire, { member, coder }]
      }),
    )
    const byMember = new Map([...members.values()].map(({ member, coder }) => [member, coder]))
    return {
      write: (writer, value) => {
        const member = memberOf(this.#types, declaration, value)
        const coder = member && byMember.get(member)
        if (!coder) throw mismatch
        writeField(writer, coder, member.number, value)
      },
      read(reader) {
        let value: unknown
        while (reader.pos < reader.len) {
          const tag = reader.tag()
          const found = members.get(tag)
          if (!found) skipField(reader, tag)
          else if (found.member.type.kind === 'literal') {
            skipField(reader, tag)
            value = found.member.type.value
          } else value = readValue(reader, found.coder)
        }
        if (value === undefined) throw unknownUnion(name)
        return value
      },
    }
  }

  #tuple({ items, rest }: Type & { kind: 'tuple' }): Coder {
    const least = items.filter((item) => !item.optional).length
    const parts = items.map((item, i) => this.part(item.type, i + 1, item.optional))
    const more = rest && this.part({ kind: 'array', item: rest }, items.length + 1, false)
    const most = more ? Number.POSITIVE_INFINITY : items.length
    const names = items.map((_, i) => ({ name: `item ${i + 1}` }))
    const read = slotReader(more ? [...parts, more] : parts, 'a tuple', names)
    return {
      write(writer, value) {
        const given = value as readonly unknown[]
        expectTuple(given, least, most)
        for (let i = 0; i < parts.length; i++) (parts[i] as Part).write(writer, given[i])
        more?.write(writer, given.slice(items.length))
      },
      read(reader) {
        const slots = read(reader)
        const found = parts.map((part, i) => part.value(slots[i]))
        if (more) found.push(...(slots[items.length] as unknown[]))
        return trimmed(found, least)
      },
      wire: 2,
      nested: true,
      initial: undefined,
    }
  }
}

/** Reads the fields of a message into slots, in the order of `parts`. */
export function slotReader(
  parts: readonly Part[],
  owner: string,
  names: readonly { readonly name: string }[],
): (reader: ProtobufReader) => unknown[] {
  const byTag = new Map(parts.flatMap((part, i) => part.tags.map((tag) => [tag, i] as const)))
  return (reader) => {
    const slots = parts.map((part) => part.start())
    while (reader.pos < reader.len) {
      const tag = reader.tag()
      const i = byTag.get(tag)
      if (i === undefined) skipField(reader, tag)
      else slots[i] = (parts[i] as Part).take(reader, tag, slots[i])
    }
    for (let i = 0; i < parts.length; i++) {
      if ((parts[i] as Part).mustCome && slots[i] === undefined) throw missing(owner, names[i]?.name ?? 'value')
    }
    return slots
  }
}

function wrapper(parts: readonly Part[], value: (slots: unknown[]) => unknown, owner: string): Coder {
  const read = slotReader(parts, owner, [{ name: 'value' }])
  return {
    write(writer: ProtobufWriter, given: unknown) {
      for (const part of parts) part.write(writer, given)
    },
    read: (reader) => value(read(reader)),
    wire: 2,
    nested: true,
    initial: undefined,
  }
}

/** A literal in a union: an empty message. */
function nothing(value: string | number | boolean): Coder {
  return { write() {}, read: () => value, wire: 2, nested: true, initial: undefined }
}

function enumeration(name: string, { members }: EnumDeclaration): Coder {
  const numbers = new Map<unknown, number>(members.map((member) => [member.value, member.number]))
  const values = new Map(members.map((member) => [member.number, member.value]))
  return {
    write(writer, value) {
      const number = numbers.get(value)
      if (number === undefined) throw mismatch
      writer.int32(number)
    },
    read(reader) {
      const number = reader.int32()
      const value = values.get(number)
      if (value === undefined) throw unknownMember(name, number)
      return value
    },
    wire: 0,
    nested: false,
    initial: undefined,
  }
}
