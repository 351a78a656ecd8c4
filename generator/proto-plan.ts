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
  /** The contracts it stands for: one, or those of a package that need each other. */
  readonly files: readonly ModelFile[]
  /** What it declares: all of its contracts, or, where contracts of two packages need each other, a part of one. */
  readonly declarations: readonly Declaration[]
  /** Paths of the other parts, which come along with this one. */
  readonly parts: readonly string[]
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
  /** The names of an enum's values by member; undefined is the value 0 where no member has it. */
  valueNames(fullName: string): ReadonlyMap<string | undefined, string>
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
  for (const file of files) for (const d of file.declarations) byDeclaration.set(d.fullName, file)
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
    for (const { fullName, name } of file.declarations) {
      const inPackage = (wanted: string) => packages.has(file.package ? `${file.package}.${wanted}` : wanted)
      names.set(fullName, scopeOf(file.package).take(name, inPackage))
    }
  }
  const values = new Map<string, ReadonlyMap<string | undefined, string>>()
  const made = new Map<string, string>()
  for (const file of files) {
    const scope = scopeOf(file.package)
    for (const declaration of file.declarations) {
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
): ReadonlyMap<string | undefined, string> {
  const prefix = upperSnakeCase(known(names.get(fullName), fullName))
  const alike = new Set<string>()
  const take = (wanted: string) => {
    const name = scope.take(`${prefix}_${wanted}`, (n) => alike.has(folded(n)))
    alike.add(folded(name))
    return name
  }
  const found = new Map<string | undefined, string>()
  const sorted = [...type.members].sort((a, b) => a.number - b.number)
  if (!sorted.some((member) => member.number === 0)) found.set(undefined, take('UNSPECIFIED'))
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
    for (const other of circle) done.add(other)
    if (new Set(circle.map(packageOf)).size > 1) {
      files.push(...circle.flatMap((other) => partsOf(other, circle)))
      continue
    }
    for (const other of circle.slice(1)) forwards.set(other.path, file.path)
    const declarations = circle.flatMap((other) => other.declarations)
    files.push({ path: file.path, package: packageOf(file), files: circle, declarations, parts: [] })
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

/**
 * One contract of a circle that spans packages, in as many files as it takes: what needs nothing of the others first, what
 * needs that next, and so on. The last one has the contract's name and brings the others along.
 */
function partsOf(file: ModelFile, circle: readonly ModelFile[]): ProtoFile[] {
  const ranks = ranksOf(circle)
  const byRank = new Map<number, Declaration[]>()
  for (const declaration of file.declarations) {
    const rank = known(ranks.get(declaration.fullName), declaration.fullName)
    byRank.set(rank, [...(byRank.get(rank) ?? []), declaration])
  }
  const sorted = [...byRank].sort(([a], [b]) => a - b).map(([, declarations]) => declarations)
  const paths = sorted.map((_, i) => (i < sorted.length - 1 ? `${file.path}.part${i + 1}` : file.path))
  return sorted.map((declarations, i) => ({
    path: paths[i] as string,
    package: packageOf(file),
    files: [file],
    declarations,
    parts: i < sorted.length - 1 ? [] : paths.slice(0, -1),
  }))
}

/** How often the way through what a declaration needs changes from one contract to another; in a circle it never ends. */
function ranksOf(circle: readonly ModelFile[]): ReadonlyMap<string, number> {
  const home = new Map(circle.flatMap((file) => file.declarations.map((d) => [d.fullName, { file, declaration: d }])))
  const needs = new Map(
    [...home].map(([name, { declaration }]) => [name, refsOf(declaration).filter((n) => home.has(n))]),
  )
  const ranks = new Map([...home.keys()].map((name) => [name, 0]))
  for (let changed = true; changed; ) {
    changed = false
    for (const [name, { file, declaration }] of home) {
      for (const other of needs.get(name) ?? []) {
        const step = home.get(other)?.file === file ? 0 : 1
        const rank = known(ranks.get(other), other) + step
        if (rank <= known(ranks.get(name), name)) continue
        if (rank > home.size) throw circular(file, declaration, home.get(other)?.file ?? file)
        ranks.set(name, rank)
        changed = true
      }
    }
  }
  return ranks
}

function circular(file: ModelFile, { name, at }: Declaration, other: ModelFile): ContractError {
  const message = `${name} and what it needs in ${other.path}.d.ts need each other, and are of different packages`
  const fix = `give ${file.path}.d.ts and ${other.path}.d.ts the same @package: protobuf has no form for this`
  return new ContractError([{ code: 'proto-circle', message, fix, at }])
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
