import type { ServiceSchema, TypeDeclaration } from '../runtime/schema/schema.js'
import { ContractError, compare } from './diagnostics.js'
import type { Lock } from './lock.js'
import type { Declaration, Model, ModelFile } from './model.js'
import { upperFirst } from './names.js'
import { folded, identifier, ProtoScope, upperSnakeCase } from './proto-names.js'
import { refs } from './schema.js'

/** One `.proto` that declares something. */
export interface ProtoFile {
  /** Without `.proto`, relative to the output folder. */
  readonly path: string
  /** '' for none. */
  readonly package: string
  /** The contracts in it: one, or those that need each other, since `.proto` files may not import in a circle. */
  readonly files: readonly ModelFile[]
}

/** What is decided over all contracts before one `.proto` is written: which file holds what, and what it is called there. */
export interface ProtoPlan {
  readonly files: readonly ProtoFile[]
  /** Contracts whose declarations stand in the `.proto` of another one, with its path. */
  readonly forwards: ReadonlyMap<string, string>
  readonly lock: Lock
  readonly types: ReadonlyMap<string, TypeDeclaration>
  readonly schemas: ReadonlyMap<string, ServiceSchema>
  /** The name of a declaration within its package. */
  nameOf(fullName: string): string
  fileOf(fullName: string): ProtoFile
  /** The name of a message that no contract declares: `com.example.Tickets/book Args`. */
  synthesised(key: string): string
  /** The names of an enum's values by member; '' is the value 0 where no member has it. */
  valueNames(fullName: string): ReadonlyMap<string, string>
  /** Whether a message, enum, service or enum value of that package has this name. */
  isTaken(packageName: string, name: string): boolean
}

/** Throws ContractError where contracts of several packages need each other: protobuf has no form for that. */
export function protoPlan(
  model: Model,
  lock: Lock,
  types: ReadonlyMap<string, TypeDeclaration>,
  schemas: ReadonlyMap<string, ServiceSchema>,
): ProtoPlan {
  const { files, forwards } = protoFiles(model)
  const byDeclaration = new Map<string, ProtoFile>()
  for (const file of files) for (const d of declarationsOf(file)) byDeclaration.set(d.fullName, file)
  const scopes = new Map<string, ProtoScope>()
  const scopeOf = (packageName: string) => {
    const scope = scopes.get(packageName) ?? new ProtoScope()
    scopes.set(packageName, scope)
    return scope
  }
  const packages = new Set(files.flatMap(({ package: name }) => prefixes(name)))
  const names = new Map<string, string>()
  // Contracts' own names come first, so that nothing made up can take one.
  for (const file of files) {
    for (const { fullName, name } of declarationsOf(file)) {
      const inPackage = (wanted: string) => packages.has(file.package ? `${file.package}.${wanted}` : wanted)
      names.set(fullName, scopeOf(file.package).take(name, inPackage))
    }
  }
  const values = new Map<string, ReadonlyMap<string, string>>()
  const made = new Map<string, string>()
  for (const file of files) {
    const scope = scopeOf(file.package)
    for (const declaration of declarationsOf(file)) {
      const type = types.get(declaration.fullName)
      if (type?.kind === 'enum') values.set(declaration.fullName, valueNames(names, declaration, type, scope))
      if (declaration.kind !== 'service') continue
      for (const { name } of declaration.methods) {
        for (const part of ['Args', 'Item', 'Result']) {
          const wanted = `${upperFirst(declaration.name)}${upperFirst(name)}${part}`
          made.set(`${declaration.fullName}/${name} ${part}`, scope.take(wanted))
        }
      }
    }
  }
  return {
    files,
    forwards,
    lock,
    types,
    schemas,
    nameOf: (fullName) => known(names.get(fullName), fullName),
    fileOf: (fullName) => known(byDeclaration.get(fullName), fullName),
    synthesised: (key) => known(made.get(key), key),
    valueNames: (fullName) => values.get(fullName) ?? new Map(),
    isTaken: (packageName, name) => scopeOf(packageName).has(name),
  }
}

/** The values of an enum lie beside it, so its own name goes before each. */
function valueNames(
  names: ReadonlyMap<string, string>,
  { fullName }: Declaration,
  type: TypeDeclaration & { kind: 'enum' },
  scope: ProtoScope,
): ReadonlyMap<string, string> {
  const prefix = upperSnakeCase(known(names.get(fullName), fullName))
  const alike = new Set<string>()
  const take = (wanted: string) => {
    const name = scope.take(`${prefix}_${wanted}`, (n) => alike.has(folded(n)))
    alike.add(folded(name))
    return name
  }
  const found = new Map<string, string>()
  const sorted = [...type.members].sort((a, b) => a.number - b.number)
  if (!sorted.some((member) => member.number === 0)) found.set('', take('UNSPECIFIED'))
  for (const member of sorted)
    found.set(member.name, take(upperSnakeCase(identifier(member.name)).replace(/^_+(?=.)/, '')))
  return found
}

function protoFiles(model: Model): Pick<ProtoPlan, 'files' | 'forwards'> {
  const sources = model.files.filter((file) => file.declarations.length > 0)
  const home = new Map(sources.flatMap((file) => file.declarations.map((d) => [d.fullName, file])))
  const needs = new Map(
    sources.map((file) => {
      const others = file.declarations.flatMap(refsOf).map((name) => known(home.get(name), name))
      return [file, new Set(others.filter((other) => other !== file))]
    }),
  )
  const reach = new Map(sources.map((file) => [file, reachable(file, needs)]))
  const files: ProtoFile[] = []
  const forwards = new Map<string, string>()
  const done = new Set<ModelFile>()
  for (const file of [...sources].sort((a, b) => compare(a.path, b.path))) {
    if (done.has(file)) continue
    const circle = sources.filter(
      (other) => other === file || (reach.get(file)?.has(other) && reach.get(other)?.has(file)),
    )
    circle.sort((a, b) => compare(a.path, b.path))
    const packageName = packageOf(file)
    const stranger = circle.find((other) => packageOf(other) !== packageName)
    if (stranger) {
      throw new ContractError([
        {
          code: 'proto-circle',
          message: `${file.path}.d.ts and ${stranger.path}.d.ts need each other and are of different packages; .proto files can't`,
          fix: 'move what both need into a third file, or give both the same @package',
          at: stranger.declarations[0]?.at ?? { file: `${stranger.path}.d.ts`, line: 1, column: 1, length: 1 },
        },
      ])
    }
    for (const other of circle) done.add(other)
    for (const other of circle.slice(1)) forwards.set(other.path, file.path)
    files.push({ path: file.path, package: packageName, files: circle })
  }
  return { files, forwards }
}

function reachable(from: ModelFile, needs: ReadonlyMap<ModelFile, ReadonlySet<ModelFile>>): ReadonlySet<ModelFile> {
  const found = new Set<ModelFile>()
  const waiting = [...(needs.get(from) ?? [])]
  for (let file = waiting.pop(); file; file = waiting.pop()) {
    if (found.has(file)) continue
    found.add(file)
    waiting.push(...(needs.get(file) ?? []))
  }
  return found
}

function packageOf(file: ModelFile): string {
  const { fullName = '', name = '' } = file.declarations[0] ?? {}
  return fullName.slice(0, Math.max(0, fullName.length - name.length - 1))
}

function declarationsOf(file: ProtoFile): Declaration[] {
  return file.files.flatMap((of) => of.declarations)
}

/** `a.b.c` lies in `a`, `a.b` and `a.b.c`: no declaration may be called like one of them. */
function prefixes(packageName: string): string[] {
  const parts = packageName.split('.')
  return packageName === '' ? [] : parts.map((_, i) => parts.slice(0, i + 1).join('.'))
}

function known<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new Error(`${name} is in no contract`)
  return found
}

/** The full names of every declaration that one mentions. */
function refsOf(declaration: Declaration): string[] {
  switch (declaration.kind) {
    case 'service':
      return declaration.methods.flatMap((m) => [
        ...m.params.flatMap((param) => refs(param.type)),
        ...(m.result ? refs(m.result) : []),
      ])
    case 'enum':
      return []
    case 'union':
      return declaration.members.flatMap((member) => refs(member.type))
    default:
      return declaration.fields.flatMap((field) => refs(field.type))
  }
}
