import { compare, type Diagnostic } from './diagnostics.js'
import { adopt, allot, bury, checkFormer, type Numbers, noNumbers } from './lock-numbers.js'
import type { Declaration, Model, ModelField, ModelMethod } from './model.js'

export { maxNumber, type Numbers, noNumbers } from './lock-numbers.js'

/**
 * The memory of a contract: which number every member has, for ever. Kept in `tsubo.lock.json` beside the contracts and
 * keyed by full name, so that moving or reordering declarations changes no byte on the wire.
 */
export type Lock = ReadonlyMap<string, LockEntry>

export type LockEntry =
  | { readonly kind: 'message' | 'enum' | 'union'; readonly numbers: Numbers }
  | { readonly kind: 'service'; readonly methods: ReadonlyMap<string, LockedMethod> }

export interface LockedMethod {
  /** Form of the request body, decided when the method was born. */
  readonly body: 'bare' | 'args'
  readonly params: Numbers
  /** The method is gone; should one of this name come back, it has this form, and its parameters get new numbers. */
  readonly removed: boolean
}

/**
 * The lock as it has to be for `model`: known members keep their numbers, renamed ones (`@was`) take them along, new ones
 * get max(used, removed, reserved) + 1 or what `@field` says, gone ones leave a tombstone. Neither argument is changed.
 */
export function numberModel(
  model: Model,
  lock: Lock,
): { readonly lock: Lock; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const declarations = model.files.flatMap((file) => file.declarations)
  const messages = messageNames(model)
  const declared = new Set(declarations.map((d) => d.fullName))
  const former = formerNames(declarations, declared, lock, diagnostics)
  const next = new Map<string, LockEntry>([...lock].map(([name, entry]) => [name, buried(entry)]))
  for (const declaration of declarations) {
    const was = former.get(declaration.fullName)
    // Services and errors are called by their full names: what comes under that name later must not be taken for them.
    if (was !== undefined && declaration.kind !== 'service' && declaration.kind !== 'error') next.delete(was)
    const old = lock.get(was ?? declaration.fullName)
    next.set(declaration.fullName, entryOf(declaration, old, messages, diagnostics))
  }
  return { lock: new Map([...next].sort(([a], [b]) => compare(a, b))), diagnostics }
}

/** Under which name the lock knows a declaration that it doesn't know by its own. */
function formerNames(
  declarations: readonly Declaration[],
  declared: ReadonlySet<string>,
  lock: Lock,
  diagnostics: Diagnostic[],
): ReadonlyMap<string, string> {
  const former = new Map<string, string>()
  const heirs = new Map<string, Declaration>()
  const renames = new Map(declarations.filter((d) => d.was).map((d) => [d.name, (d.was ?? []).map(shortName)]))
  for (const declaration of declarations) {
    const { fullName, was, at } = declaration
    if (lock.has(fullName)) continue
    const found = [...(was ?? []), ...derivedNames(fullName, renames)].find(
      (name) => lock.has(name) && !declared.has(name),
    )
    if (found === undefined) continue
    const heir = heirs.get(found)
    if (heir) {
      const message = `${fullName} and ${heir.fullName} (${heir.at.file}:${heir.at.line}:${heir.at.column}) both were ${found}`
      diagnostics.push({ code: 'bad-was', message, fix: 'leave out one @was', at })
    }
    heirs.set(found, declaration)
    former.set(fullName, found)
  }
  return former
}

/** `Page_Ticket` and `Ticket_seat` are named after what they were made from, and go along when that is renamed. */
function derivedNames(fullName: string, renames: ReadonlyMap<string, readonly string[]>): string[] {
  const name = shortName(fullName)
  const parts = name.split('_')
  if (parts.length < 2) return []
  const head = fullName.slice(0, fullName.length - name.length)
  return parts.flatMap((part, i) =>
    (renames.get(part) ?? []).map((former) => `${head}${parts.map((p, j) => (i === j ? former : p)).join('_')}`),
  )
}

function shortName(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf('.') + 1)
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
  const owner = { name: declaration.fullName, reserved: declaration.reserved, diagnostics }
  switch (declaration.kind) {
    case 'service':
      return { kind: 'service', methods: lockMethods(declaration, old, messages, diagnostics) }
    case 'enum': {
      const numbers = numbersBefore(old, 'enum')
      const numeric = declaration.members.filter((m): m is typeof m & { value: number } => typeof m.value === 'number')
      if (declaration.form === 'literals' || numeric.length === 0) {
        return { kind: 'enum', numbers: allot(owner, declaration.members, numbers) }
      }
      return { kind: 'enum', numbers: adopt(owner, numeric, numbers) }
    }
    case 'union':
      return { kind: 'union', numbers: allot(owner, declaration.members, numbersBefore(old, 'union')) }
    default:
      return { kind: 'message', numbers: allot(owner, declaration.fields, numbersBefore(old, 'message')) }
  }
}

/** What was something else keeps its numbers as tombstones: it may become what it was again. */
function numbersBefore(old: LockEntry | undefined, kind: LockEntry['kind']): Numbers {
  if (!old || old.kind === 'service') return noNumbers
  return old.kind === kind ? old.numbers : bury(old.numbers)
}

function lockMethods(
  declaration: Declaration & { kind: 'service' },
  old: LockEntry | undefined,
  messages: ReadonlySet<string>,
  diagnostics: Diagnostic[],
): ReadonlyMap<string, LockedMethod> {
  const before = old?.kind === 'service' ? old.methods : new Map<string, LockedMethod>()
  const gone = [...before].filter(([, method]) => !method.removed).map(([name]) => name)
  const names = new Set(declaration.methods.map((method) => method.name))
  const methods = new Map([...before].map(([name, method]) => [name, buriedMethod(method)]))
  for (const method of declaration.methods) {
    const unknown = before.has(method.name) ? undefined : method.was
    const was = unknown?.find((name) => before.has(name) && !names.has(name))
    const vanished = gone.filter((name) => !names.has(name))
    const owner = { name: declaration.fullName, diagnostics }
    if (unknown && was === undefined) checkFormer(owner, { ...method, was: unknown }, names, vanished)
    const known = before.get(was ?? method.name)
    methods.set(method.name, lockMethod(method, known, declaration.fullName, messages, diagnostics))
  }
  return methods
}

function lockMethod(
  method: ModelMethod,
  known: LockedMethod | undefined,
  service: string,
  messages: ReadonlySet<string>,
  diagnostics: Diagnostic[],
): LockedMethod {
  const canBeBare = isOneMessage(method, messages)
  if (known?.body === 'bare' && !canBeBare) {
    const what = known.removed ? ': a removed method of this name sends one message' : ' sends its one message'
    diagnostics.push({
      code: 'body-form',
      message: `${service}/${method.name}${what} bare; with other parameters no older peer understands it`,
      fix: known.removed
        ? 'give the new method another name'
        : 'add an optional property to that message, or declare a new method',
      at: method.at,
    })
  }
  const body = known?.body ?? (canBeBare ? 'bare' : 'args')
  const numbers = known?.params ?? noNumbers
  const owner = { name: `${service}/${method.name}`, reserved: method.reserved, diagnostics }
  const params = allot(owner, body === 'bare' ? [] : bodyParams(method), known?.removed ? bury(numbers) : numbers)
  return { body, params, removed: false }
}

/** Exactly one parameter, required, a message: gRPC's form. */
function isOneMessage(method: ModelMethod, messages: ReadonlySet<string>): boolean {
  const [only, ...others] = bodyParams(method)
  if (!only || others.length > 0 || only.question || only.undefinable) return false
  return only.type.kind === 'ref' && messages.has(only.type.name)
}

function buriedMethod(method: LockedMethod): LockedMethod {
  return { ...method, params: bury(method.params), removed: true }
}

function buried(entry: LockEntry): LockEntry {
  if (entry.kind !== 'service') return { kind: entry.kind, numbers: bury(entry.numbers) }
  return { kind: 'service', methods: new Map([...entry.methods].map(([name, m]) => [name, buriedMethod(m)])) }
}
