import { compare, type Diagnostic } from './diagnostics.js'
import type { Declaration, Model, ModelField, ModelMethod, Place } from './model.js'

/**
 * The memory of a contract: which number every member has, for ever. Kept in `tsubo.lock.json` beside the contracts and
 * keyed by full name, so that moving or reordering declarations changes no byte on the wire.
 */
export type Lock = ReadonlyMap<string, LockEntry>

export type LockEntry =
  | { readonly kind: 'message' | 'enum' | 'union'; readonly numbers: Numbers }
  | { readonly kind: 'service'; readonly methods: ReadonlyMap<string, LockedMethod> }

/** The numbers of one message, enum or parameter list. */
export interface Numbers {
  readonly used: ReadonlyMap<string, number>
  /** Tombstones: the numbers of removed members with the last name they had. Never given out again. */
  readonly removed: ReadonlyMap<number, string>
}

export interface LockedMethod {
  /** Form of the request body, decided when the method was born. */
  readonly body: 'bare' | 'args'
  readonly params: Numbers
  /** The method is gone; should one of this name come back, its parameters get new numbers. */
  readonly removed: boolean
}

export const noNumbers: Numbers = { used: new Map(), removed: new Map() }

/** Protobuf's largest field number. */
export const maxNumber = 2 ** 29 - 1

/**
 * The lock as it has to be for `model`: known members keep their numbers, new ones get max(used, removed) + 1, gone ones
 * leave a tombstone. Neither argument is changed.
 */
export function numberModel(
  model: Model,
  lock: Lock,
): { readonly lock: Lock; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const messages = messageNames(model)
  const next = new Map<string, LockEntry>([...lock].map(([name, entry]) => [name, buried(entry)]))
  for (const declaration of model.files.flatMap((file) => file.declarations)) {
    const old = lock.get(declaration.fullName)
    next.set(declaration.fullName, entryOf(declaration, old, messages, diagnostics))
  }
  return { lock: new Map([...next].sort(([a], [b]) => compare(a, b))), diagnostics }
}

/** The full names of the model's messages. */
export function messageNames(model: Model): ReadonlySet<string> {
  const messages = model.files.flatMap((file) => file.declarations).filter((d) => d.kind === 'message')
  return new Set(messages.map((d) => d.fullName))
}

/** The parameters that travel in the request's body: all but the streamed one. */
export function bodyParams(method: ModelMethod): ModelField[] {
  return method.params.filter((_, i) => i !== method.stream)
}

function entryOf(
  declaration: Declaration,
  old: LockEntry | undefined,
  messages: ReadonlySet<string>,
  diagnostics: Diagnostic[],
): LockEntry {
  switch (declaration.kind) {
    case 'service': {
      const before = old?.kind === 'service' ? old.methods : new Map<string, LockedMethod>()
      const methods = new Map([...before].map(([name, method]) => [name, buriedMethod(method)]))
      for (const method of declaration.methods) {
        methods.set(
          method.name,
          lockMethod(method, before.get(method.name), declaration.fullName, messages, diagnostics),
        )
      }
      return { kind: 'service', methods }
    }
    case 'enum': {
      const numbers = old?.kind === 'enum' ? old.numbers : noNumbers
      if (declaration.form === 'literals') return { kind: 'enum', numbers: allot(declaration.members, numbers) }
      const numeric = declaration.members.filter((m): m is typeof m & { value: number } => typeof m.value === 'number')
      if (numeric.length === 0) return { kind: 'enum', numbers: allot(declaration.members, numbers) }
      return { kind: 'enum', numbers: adopt(declaration.fullName, numeric, numbers, diagnostics) }
    }
    case 'union':
      return { kind: 'union', numbers: allot(declaration.members, old?.kind === 'union' ? old.numbers : noNumbers) }
    default:
      return { kind: 'message', numbers: allot(declaration.fields, old?.kind === 'message' ? old.numbers : noNumbers) }
  }
}

function lockMethod(
  method: ModelMethod,
  known: LockedMethod | undefined,
  service: string,
  messages: ReadonlySet<string>,
  diagnostics: Diagnostic[],
): LockedMethod {
  const old = known && !known.removed ? known : undefined
  const canBeBare = isOneMessage(method, messages)
  if (old?.body === 'bare' && !canBeBare) {
    diagnostics.push({
      code: 'body-form',
      message: `${service}/${method.name} sends its one message bare; with other parameters no older peer understands it`,
      fix: 'add an optional property to that message, or declare a new method',
      at: method.at,
    })
  }
  const body = old?.body ?? (canBeBare ? 'bare' : 'args')
  const numbers = known?.params ?? noNumbers
  const params = body === 'bare' ? allot([], numbers) : allot(bodyParams(method), old ? numbers : bury(numbers))
  return { body, params, removed: false }
}

/** Exactly one parameter, required, a message: gRPC's form. */
function isOneMessage(method: ModelMethod, messages: ReadonlySet<string>): boolean {
  const [only, ...others] = bodyParams(method)
  if (!only || others.length > 0 || only.question || only.undefinable) return false
  return only.type.kind === 'ref' && messages.has(only.type.name)
}

/** Numbers for members in the order of their declaration. */
function allot(members: readonly { readonly name: string }[], old: Numbers): Numbers {
  const names = new Set(members.map((m) => m.name))
  const removed = new Map(old.removed)
  for (const [name, number] of old.used) if (!names.has(name)) removed.set(number, name)
  let last = Math.max(0, ...old.used.values(), ...removed.keys())
  const used = new Map<string, number>()
  for (const { name } of members) {
    const known = old.used.get(name)
    if (known === undefined) last = after(last)
    used.set(name, known ?? last)
  }
  return { used, removed }
}

/** Protobuf keeps 19000 to 19999 to itself. */
function after(last: number): number {
  return last + 1 === 19000 ? 20000 : last + 1
}

/** A numeric enum brings its own numbers; only another member's old one is refused. */
function adopt(
  enumName: string,
  members: readonly { readonly name: string; readonly value: number; readonly at: Place }[],
  old: Numbers,
  diagnostics: Diagnostic[],
): Numbers {
  const used = new Map(members.map((m) => [m.name, m.value]))
  const removed = new Map(old.removed)
  for (const [name, number] of old.used) if (used.get(name) !== number) removed.set(number, name)
  for (const { name, value, at } of members) {
    const former = removed.get(value)
    if (former === name) removed.delete(value)
    else if (former !== undefined) {
      diagnostics.push({
        code: 'number-taken',
        message: `${enumName}.${name} takes the number ${value}, which was ${former}`,
        fix: `give it the number ${Math.max(...used.values(), ...removed.keys()) + 1}`,
        at,
      })
    }
  }
  return { used, removed }
}

function bury(numbers: Numbers): Numbers {
  return allot([], numbers)
}

function buriedMethod(method: LockedMethod): LockedMethod {
  return { ...method, params: bury(method.params), removed: true }
}

function buried(entry: LockEntry): LockEntry {
  if (entry.kind !== 'service') return { kind: entry.kind, numbers: bury(entry.numbers) }
  return { kind: 'service', methods: new Map([...entry.methods].map(([name, m]) => [name, buriedMethod(m)])) }
}
