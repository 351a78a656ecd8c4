import { compare } from './diagnostics.js'
import { literal, type Scope } from './names.js'

/** One import declaration of the output. */
export interface ImportView {
  readonly from: string
  /** True where every name is a type. */
  readonly typeOnly: boolean
  /** `Call`, `type Call`, `type Call as Call$1`. */
  readonly names: readonly string[]
  /** One line would be too long. */
  readonly long: boolean
}

/** Gathers what one file of the output imports, and what each import is called there. */
export class Imports {
  readonly #scope: Scope
  readonly #modules = new Map<string, Map<string, { local: string; value: boolean }>>()

  constructor(scope: Scope) {
    this.#scope = scope
  }

  /** The local name of a type. */
  type(from: string, name: string): string {
    return this.#use(from, name, false)
  }

  /** The local name of a value. */
  value(from: string, name: string): string {
    return this.#use(from, name, true)
  }

  /** A name that the scope already keeps free for it. */
  helper(from: string, name: string, value = true): void {
    this.#module(from).set(name, { local: name, value })
  }

  #module(from: string): Map<string, { local: string; value: boolean }> {
    const module = this.#modules.get(from) ?? new Map<string, { local: string; value: boolean }>()
    this.#modules.set(from, module)
    return module
  }

  #use(from: string, name: string, value: boolean): string {
    const module = this.#module(from)
    const known = module.get(name)
    const local = known?.local ?? this.#scope.take(name)
    module.set(name, { local, value: value || (known?.value ?? false) })
    return local
  }

  /**
   * Packages first, then codecs and schemas, then `x.js`, each sorted. `x.js` and `x.codec.js` need each other; a loader
   * that binds imports one by one has all that `x.js` calls into by the time it runs it.
   */
  view(): ImportView[] {
    const rank = (from: string) => (from.startsWith('.') ? (/\.(codec|schema)\.js$/.test(from) ? 1 : 2) : 0)
    const sorted = [...this.#modules].sort(([a], [b]) => rank(a) - rank(b) || compare(a, b))
    return sorted.map(([from, module]) => {
      const used = [...module].sort(([a], [b]) => compare(a, b))
      const typeOnly = used.every(([, { value }]) => !value)
      const names = used.map(([name, { local, value }]) => {
        const renamed = local === name ? name : `${name} as ${local}`
        return value || typeOnly ? renamed : `type ${renamed}`
      })
      return { from: literal(from), typeOnly, names, long: names.join(', ').length + from.length > 95 }
    })
  }
}

/**
 * The specifier with which the generated file `from` imports `to`: both paths without ending, relative to the output.
 * `npm:@acme/tickets/ticket` is a module of a package.
 */
export function specifier(from: string, to: string): string {
  if (to.startsWith('npm:')) return `${to.slice('npm:'.length)}.js`
  const here = from.split('/').slice(0, -1)
  const there = to.split('/')
  while (here.length > 0 && there.length > 1 && here[0] === there[0]) {
    here.shift()
    there.shift()
  }
  return `${here.length > 0 ? '../'.repeat(here.length) : './'}${there.join('/')}.js`
}
