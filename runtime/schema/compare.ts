import { JsonReading } from './json-reading.js'
import type { Constraints, Field, MethodSchema, ServiceSchema, Type, TypeDeclaration } from './schema.js'
import { lastName, namesIn, renamed, typeText } from './type-text.js'
import { declarationOf, isRepeated, requestSlots, resultSlots, WireReading } from './wire-reading.js'

/** What a change breaks: bytes, JSON, or code that compiled against the older contract. */
export type Level = 'wire' | 'json' | 'source'

/** Who can't read whom. */
export type Direction = 'old-reads-new' | 'new-reads-old'

/** Whose calls fail: an old client's on a new server, or a new client's on an old server. */
export type Calls = 'old-calls-new' | 'new-calls-old'

/** Stable: tools and people search for them. */
export type ChangeKind =
  | 'service-renamed'
  | 'method-removed'
  | 'method-kind'
  | 'method-oneway'
  | 'method-body'
  | 'method-idempotent'
  | 'result-type'
  | 'error-removed'
  | 'parameter-order'
  | 'field-added'
  | 'field-removed'
  | 'field-renamed'
  | 'field-number'
  | 'field-type'
  | 'field-presence'
  | 'field-constraint'
  | 'member-added'
  | 'member-removed'
  | 'member-renamed'
  | 'member-number'
  | 'member-value'
  | 'member-type'
  | 'number-reused'
  | 'declaration-renamed'
  | 'declaration-kind'
  | 'union-discriminator'

/** One thing in which the newer contract breaks the older one. */
export interface Change {
  readonly kind: ChangeKind
  /** The gravest of what it breaks: bytes before JSON before source. */
  readonly level: Level
  /**
   * Where: `com.example.Booking.seats` (a property or member), `com.example.Booking`, `com.example.Tickets/book` (a method),
   * `com.example.Tickets/book(request)` (a parameter), `com.example.Tickets/book()` (what it returns).
   */
  readonly path: string
  /** The contract the path is from: the newer one, unless it has no such thing any more. */
  readonly of: 'older' | 'newer'
  /** A sentence without a full stop that says what was and what is. */
  readonly message: string
  /** Who misreads bytes; empty where nobody does. */
  readonly wire: readonly Direction[]
  /** The same for JSON. */
  readonly json: readonly Direction[]
  /** Whether code that compiled against the older contract may not compile against the newer one. */
  readonly source: boolean
  /** Whose calls suffer from `wire`, by where the service uses the type: in requests, in replies, or in both. */
  readonly calls: readonly Calls[]
}

/**
 * Everything in which `newer` breaks `older`, sorted by path; empty where every old client may meet every new server, the
 * other way round, and old code compiles. Pure: no I/O, neither argument is changed.
 *
 * Members are the same where name or number is; number counts for bytes, name for JSON and source. New methods, types and
 * optional properties break nothing, and so do declared errors: who doesn't know one gets an RpcError.
 */
export function compare(older: ServiceSchema, newer: ServiceSchema): readonly Change[] {
  return new Comparison(older, newer).changes()
}

/** The changes that break at `level` or a graver one: `wire` only bytes, `json` bytes and JSON, `source` all. */
export function atLevel(changes: readonly Change[], level: Level): readonly Change[] {
  const levels: readonly Level[] = ['wire', 'json', 'source']
  return changes.filter((change) => levels.indexOf(change.level) <= levels.indexOf(level))
}

const nobody: readonly Direction[] = []
const both: readonly Direction[] = ['old-reads-new', 'new-reads-old']
const oldReader: readonly Direction[] = ['old-reads-new']
const newReader: readonly Direction[] = ['new-reads-old']

interface Breaks {
  readonly wire?: readonly Direction[]
  readonly json?: readonly Direction[]
  readonly source?: boolean
}

/** Where a declaration is used: decides whose calls a change to it hurts. */
interface Use {
  request: boolean
  reply: boolean
}

type Found = Omit<Change, 'calls' | 'level'> & { readonly use: Use }

interface Numbered {
  readonly name: string
  readonly number: number
}

class Comparison {
  readonly #older: ServiceSchema
  readonly #newer: ServiceSchema
  readonly #found: Found[] = []
  /** Declarations that have another full name now, old to new. */
  readonly #renamed = new Map<string, string>()
  readonly #waiting: [older: string, newer: string][] = []
  readonly #uses = new Map<string, Use>()
  readonly #wire: readonly [oldReads: WireReading, newReads: WireReading]
  readonly #json: readonly [oldReads: JsonReading, newReads: JsonReading]

  constructor(older: ServiceSchema, newer: ServiceSchema) {
    this.#older = older
    this.#newer = newer
    const oldReads = (reader: string, writer: string) => this.#alias(reader) === writer
    const newReads = (reader: string, writer: string) => this.#alias(writer) === reader
    this.#wire = [new WireReading(older, newer, oldReads), new WireReading(newer, older, newReads)]
    this.#json = [new JsonReading(older, newer, oldReads), new JsonReading(newer, older, newReads)]
    markUses(older, this.#uses)
    markUses(newer, this.#uses)
  }

  changes(): Change[] {
    const [older, newer] = [this.#older, this.#newer]
    if (older.name !== newer.name) {
      const source = lastName(older.name) !== lastName(newer.name)
      const message = `${older.name} is called ${newer.name} now, and peers find a service by its name`
      this.#add('service-renamed', newer.name, 'newer', message, { wire: both, json: both, source }, everywhere)
    }
    for (const name of Object.keys(older.types)) {
      if (Object.hasOwn(newer.types, name)) this.#waiting.push([name, name])
    }
    const methods = new Map(newer.methods.map((method) => [method.name, method]))
    for (const method of older.methods) this.#method(method, methods.get(method.name))
    for (let pair = this.#waiting.shift(); pair; pair = this.#waiting.shift()) this.#declaration(...pair)
    return this.#found
      .map(({ use, ...change }) => ({ ...change, level: levelOf(change), calls: callsOf(change.wire, use) }))
      .sort((a, b) => byText(a.path, b.path) || byText(a.kind, b.kind) || byText(a.message, b.message))
  }

  // ---- methods ----

  #method(older: MethodSchema, newer: MethodSchema | undefined): void {
    const path = `${this.#newer.name}/${older.name}`
    const all = { wire: both, json: both, source: true }
    if (!newer) {
      const oldPath = `${this.#older.name}/${older.name}`
      const breaks = { wire: newReader, json: newReader, source: true }
      const message = `${older.name} is gone: calls of it are answered "unimplemented"`
      this.#add('method-removed', oldPath, 'older', message, breaks, inRequests)
      return
    }
    if (older.kind !== newer.kind) {
      const message = `it was ${kindText[older.kind]} and is ${kindText[newer.kind]}`
      this.#add('method-kind', path, 'newer', message, all, everywhere)
      return
    }
    if (older.oneway !== newer.oneway) {
      const message = newer.oneway
        ? 'it is @oneway now: who still waits for an answer waits in vain'
        : 'it is not @oneway any more: nobody used to answer it'
      const breaks = { wire: newer.oneway ? oldReader : newReader, json: nobody }
      this.#add('method-oneway', path, 'newer', message, breaks, inReplies)
    }
    if (older.idempotent && !newer.idempotent) {
      const message = 'it is not @idempotent any more, but old clients go on retrying it'
      this.#add('method-idempotent', path, 'newer', message, { source: true }, everywhere)
    }
    this.#request(older, newer, path)
    this.#result(older, newer, `${path}()`)
    for (const error of older.errors) {
      const now = this.#pairOf(error, newer.errors)
      if (now !== undefined) this.#pair(error, now)
      else {
        const message = `it does not throw ${lastName(error)} any more`
        this.#add('error-removed', path, 'newer', message, { source: true }, inReplies)
      }
    }
  }

  #request(older: MethodSchema, newer: MethodSchema, path: string): void {
    const at = (param: string) => `${path}(${param})`
    const streamed = [older.params[older.stream ?? -1], newer.params[newer.stream ?? -1]]
    const [oldItem, newItem] = streamed
    if (oldItem && newItem) this.#body(oldItem, newItem, at(newItem.name), 'field-type', 'its items were', inRequests)
    const [before, after] = [inBody(older), inBody(newer)]
    const [oldOnly, newOnly] = [before[0], after[0]]
    if (older.body === 'bare' && newer.body === 'bare' && oldOnly && newOnly) {
      this.#body(oldOnly, newOnly, at(newOnly.name), 'field-type', 'it was', inRequests)
    } else if (older.body !== newer.body) {
      const message =
        newer.body === 'args'
          ? 'its arguments were sent as the one message itself and are wrapped now'
          : 'its arguments were wrapped and are sent as the one message itself now'
      const wire = this.#directions((i) =>
        this.#wire[i].slots(
          ...this.#inOrder(i, requestSlots(older, this.#older.types), requestSlots(newer, this.#newer.types)),
        ),
      )
      this.#add('method-body', path, 'newer', message, { wire }, inRequests)
      this.#fields(before, after, path, at, inRequests, 'json')
    } else this.#fields(before, after, path, at, inRequests)
    this.#order(older.params, newer.params, path)
  }

  /** Callers pass arguments by position, and their options behind the last one. */
  #order(older: readonly Field[], newer: readonly Field[], path: string): void {
    const places = new Map(newer.map((param, i) => [param.name, i]))
    const kept = older.filter((param) => places.has(param.name))
    if (kept.length < older.length && older.length === newer.length) return
    const moved = kept.find((param, i) => older.indexOf(param) !== places.get(param.name) || older[i] !== param)
    if (moved && kept.length === older.length) {
      const message = `its parameters were (${namesOf(older)}) and are (${namesOf(newer)}): callers pass them by position`
      this.#add('parameter-order', path, 'newer', message, { source: true }, inRequests)
    } else if (kept.length === older.length && newer.length > older.length) {
      const message = `it takes (${namesOf(newer)}) now: callers that pass options have to pass ${older.length === 0 ? 'them' : 'undefined'} before`
      if (newer.slice(older.length).every((param) => param.optional)) {
        this.#add('parameter-order', path, 'newer', message, { source: true }, inRequests)
      }
    }
  }

  #result(older: MethodSchema, newer: MethodSchema, path: string): void {
    const [was, is] = [resultText(older), resultText(newer)]
    const before = { type: older.result ?? nothing, optional: older.optionalResult ?? false }
    const after = { type: newer.result ?? nothing, optional: newer.optionalResult ?? false }
    if (older.result === undefined && newer.result === undefined) return
    if (older.result && newer.result) {
      this.#body(before, after, path, 'result-type', 'it was', inReplies)
      return
    }
    const wire = this.#directions((i) => this.#wire[i].slots(...this.#inOrder(i, ...this.#bodies(before, after))))
    const json = newer.result ? newReader : oldReader
    this.#add('result-type', path, 'newer', `it was ${was} and is ${is}`, { wire, json, source: true }, inReplies)
  }

  /** A result, a stream's item or a bare argument: bodies of their own. */
  #body(older: Value, newer: Value, path: string, kind: ChangeKind, was: string, use: Use): void {
    if (this.#alike(older.type, newer.type) && older.optional === newer.optional) return
    const wire = this.#directions((i) => this.#wire[i].slots(...this.#inOrder(i, ...this.#bodies(older, newer))))
    const json = this.#directions((i) => this.#json[i].field(...this.#inOrder(i, older, newer)))
    const source = sourceText(older, this.#aliasOf()) !== sourceText(newer)
    const message = `${was} ${valueText(older)} and is ${valueText(newer)}`
    this.#add(kind, path, 'newer', message, { wire, json, source }, use)
  }

  #bodies(older: Value, newer: Value) {
    const of = ({ type, optional }: Value, { types }: ServiceSchema) =>
      resultSlots(type === nothing ? undefined : type, optional, types)
    return [of(older, this.#older), of(newer, this.#newer)] as const
  }

  // ---- declarations ----

  #declaration(oldName: string, newName: string): void {
    const older = this.#older.types[oldName]
    const newer = this.#newer.types[newName]
    const use = this.#uses.get(newName) ?? everywhere
    if (!older || !newer) return
    if (lastName(oldName) !== lastName(newName)) {
      const message = `${lastName(oldName)} is called ${lastName(newName)} now`
      this.#add('declaration-renamed', newName, 'newer', message, { source: true }, use)
    }
    if ((older.kind === 'error' || newer.kind === 'error') && oldName !== newName) {
      const message = `${oldName} is called ${newName} now, and a declared error travels under its name`
      this.#add('declaration-renamed', newName, 'newer', message, { wire: both, json: both }, use)
    }
    if (older.kind !== newer.kind) {
      const message = `it was ${declarationText[older.kind]} and is ${declarationText[newer.kind]}`
      this.#add('declaration-kind', newName, 'newer', message, { wire: both, json: both, source: true }, use)
    } else if (older.kind === 'enum' && newer.kind === 'enum') this.#enum(older, newer, oldName, newName, use)
    else if (older.kind === 'union' && newer.kind === 'union') this.#union(older, newer, oldName, newName, use)
    else if (isRecord(older) && isRecord(newer)) {
      const at = (name: string, of: 'older' | 'newer') => `${of === 'older' ? oldName : newName}.${name}`
      this.#fields(older.fields, newer.fields, newName, at, use)
    }
  }

  #fields(
    older: readonly Field[],
    newer: readonly Field[],
    owner: string,
    at: (name: string, of: 'older' | 'newer') => string,
    use: Use,
    only?: 'json',
  ): void {
    const add = (kind: ChangeKind, name: string, of: 'older' | 'newer', message: string, breaks: Breaks) =>
      this.#add(kind, at(name, of), of, message, only ? { ...breaks, wire: nobody } : breaks, use)
    const { pairs, removed, added } = matched(older, newer)
    // A parameter's name is nothing that callers write.
    const named = !owner.includes('/')
    for (const field of removed) {
      const wire = field.optional || isRepeated(field) || field.type.kind === 'literal' ? nobody : oldReader
      const json = field.optional ? nobody : oldReader
      add('field-removed', field.name, 'older', `${field.name} is gone${field.optional ? '' : ', and was required'}`, {
        wire,
        json,
        source: true,
      })
    }
    for (const field of added) {
      if (field.optional) continue
      const wire = isRepeated(field) || field.type.kind === 'literal' ? nobody : newReader
      add('field-added', field.name, 'newer', `${field.name} is new and required`, {
        wire,
        json: newReader,
        source: true,
      })
    }
    for (const { name, number } of reused(older, newer, pairs)) {
      const former = older.find((field) => field.number === number)?.name
      const message = `${name} has the number ${number}, which was ${former}'s`
      add('number-reused', name, 'newer', message, { wire: both })
    }
    for (const [field, now] of pairs) {
      if (field.name !== now.name) {
        const message = `${field.name} is called ${now.name} now`
        add('field-renamed', now.name, 'newer', message, { json: both, source: named })
      }
      if (field.number !== now.number) {
        const message = `its number was ${field.number} and is ${now.number}`
        add('field-number', now.name, 'newer', message, { wire: both })
      }
      this.#field(field, now, add, named)
      this.#constraints(field, now, add, use)
    }
  }

  #field(older: Field, newer: Field, add: Add, named: boolean): void {
    const alike = this.#alike(older.type, newer.type)
    if (alike && older.optional === newer.optional) return
    const wire =
      older.number === newer.number
        ? this.#directions((i) => this.#wire[i].field(...this.#inOrder(i, older, newer)))
        : nobody
    const json = this.#directions((i) => this.#json[i].field(...this.#inOrder(i, older, newer)))
    if (!alike) {
      const source = sourceText(older, this.#aliasOf()) !== sourceText(newer)
      const message = `it was ${valueText(older)} and is ${valueText(newer)}`
      add('field-type', newer.name, 'newer', message, { wire, json, source })
      return
    }
    const message = newer.optional ? 'it was required and is optional' : 'it was optional and is required'
    const form = isRepeated(older) !== isRepeated(newer) ? '; as a list it is written differently then' : ''
    add('field-presence', newer.name, 'newer', message + form, { wire, json, source: named || !newer.optional })
  }

  /** Servers check what they are sent. */
  #constraints(older: Field, newer: Field, add: Add, use: Use): void {
    if (!use.request) return
    const tighter = !admits(newer.constraints, older.constraints)
    const looser = !admits(older.constraints, newer.constraints)
    const directions = [...(looser ? oldReader : nobody), ...(tighter ? newReader : nobody)]
    const message = `its constraints were ${constraintText(older)} and are ${constraintText(newer)}`
    add('field-constraint', newer.name, 'newer', message, { wire: directions, json: directions })
  }

  #enum(older: Enum, newer: Enum, oldName: string, newName: string, use: Use): void {
    const add = this.#memberAdd(oldName, newName, use)
    const { pairs, removed, added } = this.#members(older.members, newer.members, add)
    const literals = newer.form === 'literals'
    for (const { name } of removed) {
      const message = `${name} is gone: who gets it from an old writer refuses it`
      add('member-removed', name, 'older', message, { wire: newReader, json: newReader, source: true })
    }
    for (const { name } of added) {
      const message = `${name} is new: who doesn't know it refuses it`
      add('member-added', name, 'newer', message, { wire: oldReader, json: oldReader, source: true })
    }
    for (const [member, now] of pairs) {
      if (member.name !== now.name && !literals) {
        add('member-renamed', now.name, 'newer', `${member.name} is called ${now.name} now`, { source: true })
      }
      if (member.value !== now.value && (member.number === now.number || typeof now.value === 'string')) {
        const message = `its value was ${JSON.stringify(member.value)} and is ${JSON.stringify(now.value)}`
        add('member-value', now.name, 'newer', message, { json: both, source: true })
      }
    }
  }

  #union(older: Union, newer: Union, oldName: string, newName: string, use: Use): void {
    const add = this.#memberAdd(oldName, newName, use)
    if (older.discriminator !== newer.discriminator) {
      const [was, is] = [older.discriminator ?? 'the JavaScript type', newer.discriminator ?? 'the JavaScript type']
      const message = `its members were told apart by ${was} and are by ${is}`
      this.#add('union-discriminator', newName, 'newer', message, { json: both, source: true }, use)
    }
    const { pairs, removed, added } = this.#members(older.members, newer.members, add)
    for (const { name } of removed) {
      const message = `${name} is gone: who gets it from an old writer refuses it`
      add('member-removed', name, 'older', message, { wire: newReader, json: newReader, source: true })
    }
    for (const { name } of added) {
      const message = `${name} is new: who doesn't know it refuses it`
      add('member-added', name, 'newer', message, { wire: oldReader, json: oldReader, source: true })
    }
    for (const [member, now] of pairs) {
      if (member.value !== now.value) {
        const message = `its value was ${JSON.stringify(member.value)} and is ${JSON.stringify(now.value)}`
        add('member-value', now.name, 'newer', message, { json: both, source: true })
      }
      if (this.#alike(member.type, now.type)) continue
      const [from, to] = [required(member.type), required(now.type)]
      const wire =
        member.number === now.number
          ? this.#directions((i) => this.#wire[i].field(...this.#inOrder(i, wrapped(from), wrapped(to))))
          : nobody
      const json = this.#directions((i) => this.#json[i].field(...this.#inOrder(i, from, to)))
      const source = sourceText(from, this.#aliasOf()) !== sourceText(to)
      const message = `it was ${valueText(from)} and is ${valueText(to)}`
      add('member-type', now.name, 'newer', message, { wire, json, source })
    }
  }

  #memberAdd(oldName: string, newName: string, use: Use): Add {
    return (kind, name, of, message, breaks) =>
      this.#add(kind, `${of === 'older' ? oldName : newName}.${name}`, of, message, breaks, use)
  }

  #members<T extends Numbered>(older: readonly T[], newer: readonly T[], add: Add) {
    const found = matched(older, newer)
    for (const { name, number } of reused(older, newer, found.pairs)) {
      const former = older.find((member) => member.number === number)?.name
      add('number-reused', name, 'newer', `${name} has the number ${number}, which was ${former}'s`, { wire: both })
    }
    for (const [member, now] of found.pairs) {
      if (member.number === now.number) continue
      add('member-number', now.name, 'newer', `its number was ${member.number} and is ${now.number}`, { wire: both })
    }
    return found
  }

  // ---- types ----

  /** Equal but for the names of declarations that are the same ones under other names. */
  #alike(older: Type, newer: Type): boolean {
    const [before, after] = [namesIn(older), namesIn(newer)]
    const shape = (type: Type) => JSON.stringify(renamed(type, () => ''))
    if (before.length !== after.length || shape(older) !== shape(newer)) return false
    return before.every((name, i) => this.#pair(name, after[i] as string))
  }

  /**
   * Whether two names stand for the same declaration; finds out about renamed ones. Where neither contract has the
   * other's name, and the short name or the bytes are the same, it was renamed; everything else is another type.
   */
  #pair(older: string, newer: string): boolean {
    if (this.#alias(older) === newer) return true
    const free = !Object.hasOwn(this.#newer.types, older) && !Object.hasOwn(this.#older.types, newer)
    if (!free || this.#renamed.has(older) || [...this.#renamed.values()].includes(newer)) return false
    const before: Type = { kind: 'ref', name: older }
    const after: Type = { kind: 'ref', name: newer }
    const kinds = [declarationOf(before, this.#older.types)?.kind, declarationOf(after, this.#newer.types)?.kind]
    if (kinds[0] === undefined || kinds[0] !== kinds[1]) return false
    if (lastName(older) !== lastName(newer)) {
      const wire = this.#directions((i) => this.#wire[i].value(...this.#inOrder(i, before, after)))
      const json = this.#directions((i) => this.#json[i].value(...this.#inOrder(i, before, after)))
      if (wire.length + json.length > 0) return false
    }
    this.#renamed.set(older, newer)
    this.#waiting.push([older, newer])
    return true
  }

  /** Of several names the one an old name may have now. */
  #pairOf(older: string, among: readonly string[]): string | undefined {
    if (among.includes(older)) return older
    return (
      among.find((name) => lastName(name) === lastName(older) && this.#pair(older, name)) ??
      among.find((name) => this.#pair(older, name))
    )
  }

  #alias(older: string): string {
    return this.#renamed.get(older) ?? older
  }

  #aliasOf(): (name: string) => string {
    return (name) => this.#alias(name)
  }

  /** The directions in which reading fails. */
  #directions(reads: (reader: 0 | 1) => boolean): readonly Direction[] {
    return [...(reads(0) ? nobody : oldReader), ...(reads(1) ? nobody : newReader)]
  }

  /** Reader first. */
  #inOrder<T>(reader: 0 | 1, older: T, newer: T): [reader: T, writer: T] {
    return reader === 0 ? [older, newer] : [newer, older]
  }

  #add(kind: ChangeKind, path: string, of: 'older' | 'newer', message: string, breaks: Breaks, use: Use): void {
    const { wire = nobody, json = nobody, source = false } = breaks
    if (wire.length === 0 && json.length === 0 && !source) return
    this.#found.push({ kind, path, of, message, wire, json, source, use })
  }
}

type Add = (kind: ChangeKind, name: string, of: 'older' | 'newer', message: string, breaks: Breaks) => void
type Enum = TypeDeclaration & { kind: 'enum' }
type Union = TypeDeclaration & { kind: 'union' }
type Value = Pick<Field, 'type' | 'optional'>

const everywhere: Use = { request: true, reply: true }
const inRequests: Use = { request: true, reply: false }
const inReplies: Use = { request: false, reply: true }

/** Stands for `void`. */
const nothing: Type = { kind: 'tuple', items: [] }

const kindText = {
  unary: 'a plain call',
  server: 'a stream of results',
  client: 'a stream of arguments',
  bidi: 'a stream both ways',
} as const

const declarationText = { message: 'a message', error: 'an error', enum: 'an enum', union: 'a union' } as const

function isRecord(declaration: TypeDeclaration): declaration is TypeDeclaration & { kind: 'message' | 'error' } {
  return declaration.kind === 'message' || declaration.kind === 'error'
}

/** Same name, or else same number under a name that the other side doesn't have. */
function matched<T extends Numbered>(older: readonly T[], newer: readonly T[]) {
  const byName = new Map(newer.map((member) => [member.name, member]))
  const oldNames = new Set(older.map((member) => member.name))
  const byNumber = new Map(newer.filter((m) => !oldNames.has(m.name)).map((member) => [member.number, member]))
  const pairs: [T, T][] = []
  const removed: T[] = []
  for (const member of older) {
    const now = byName.get(member.name) ?? byNumber.get(member.number)
    if (now) pairs.push([member, now])
    else removed.push(member)
  }
  const taken = new Set(pairs.map(([, now]) => now))
  return { pairs, removed, added: newer.filter((member) => !taken.has(member)) }
}

/** Newer members on the number of an older one that is not the same member. */
function reused<T extends Numbered>(older: readonly T[], newer: readonly T[], pairs: readonly [T, T][]): T[] {
  const former = new Map(pairs.map(([member, now]) => [now, member]))
  const owners = new Map(older.map((member) => [member.number, member]))
  return newer.filter((member) => {
    const owner = owners.get(member.number)
    // One whose own number changed is told that already, with both numbers.
    return owner !== undefined && owner !== former.get(member) && !former.has(member)
  })
}

function inBody({ params, stream }: MethodSchema): Field[] {
  return params.filter((_, i) => i !== stream)
}

function required(type: Type): Value {
  return { type, optional: false }
}

/** In a union lists are wrapped, as optional ones are. */
function wrapped(value: Value): Value {
  return { ...value, optional: true }
}

function resultText(method: MethodSchema): string {
  return method.result ? valueText({ type: method.result, optional: method.optionalResult ?? false }) : 'void'
}

function valueText({ type, optional }: Value): string {
  return `${typeText(type)}${optional ? ' | undefined' : ''}`
}

/** What TypeScript compiles against; parameters and properties alike. */
function sourceText({ type, optional }: Value, alias: (name: string) => string = (name) => name): string {
  return `${typeText(renamed(type, alias), false)}${optional ? ' | undefined' : ''}`
}

function namesOf(params: readonly Field[]): string {
  return params.map((param) => param.name).join(', ')
}

/** Whether whatever fits `narrow` fits `wide`. */
function admits(wide: Constraints = {}, narrow: Constraints = {}): boolean {
  const atLeast = (key: 'minLength' | 'minimum' | 'minItems') =>
    wide[key] === undefined || (narrow[key] ?? -Infinity) >= wide[key]
  const atMost = (key: 'maxLength' | 'maximum' | 'maxItems') =>
    wide[key] === undefined || (narrow[key] ?? Infinity) <= wide[key]
  const same = (key: 'pattern' | 'format') => wide[key] === undefined || narrow[key] === wide[key]
  return (
    atLeast('minLength') &&
    atLeast('minimum') &&
    atLeast('minItems') &&
    atMost('maxLength') &&
    atMost('maximum') &&
    atMost('maxItems') &&
    same('pattern') &&
    same('format')
  )
}

function constraintText({ constraints = {} }: Field): string {
  const texts = Object.entries(constraints).map(([name, value]) => `${name} ${value}`)
  return texts.length === 0 ? 'none' : texts.sort(byText).join(', ')
}

function levelOf({ wire, json }: Pick<Change, 'wire' | 'json'>): Level {
  return wire.length > 0 ? 'wire' : json.length > 0 ? 'json' : 'source'
}

/** Clients write requests and read replies. */
function callsOf(wire: readonly Direction[], { request, reply }: Use): Calls[] {
  const [oldReads, newReads] = [wire.includes('old-reads-new'), wire.includes('new-reads-old')]
  return [
    ...((request && newReads) || (reply && oldReads) ? (['old-calls-new'] as const) : []),
    ...((request && oldReads) || (reply && newReads) ? (['new-calls-old'] as const) : []),
  ]
}

/** Marks what requests and replies reach, types within types included. */
function markUses({ methods, types }: ServiceSchema, uses: Map<string, Use>): void {
  const mark = (roots: readonly string[], side: 'request' | 'reply') => {
    const marked = new Set<string>()
    // A list of its own, not the stack: a stranger's declarations may refer to each other in a long row.
    const waiting = [...roots]
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const use = uses.get(name) ?? { request: false, reply: false }
      uses.set(name, use)
      const declaration = Object.hasOwn(types, name) ? types[name] : undefined
      if (!declaration || marked.has(name)) continue
      marked.add(name)
      use[side] = true
      if (declaration.kind === 'enum') continue
      const parts = declaration.kind === 'union' ? declaration.members : declaration.fields
      for (const { type } of parts) waiting.push(...namesIn(type))
    }
  }
  mark(
    methods.flatMap((method) => method.params.flatMap(({ type }) => namesIn(type))),
    'request',
  )
  mark(
    methods.flatMap((method) => [...(method.result ? namesIn(method.result) : []), ...method.errors]),
    'reply',
  )
}

/** By UTF-16 code units, so that no locale has a say. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
