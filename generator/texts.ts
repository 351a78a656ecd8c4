import type { ModelFile } from './model.js'
import type { Project } from './project.js'

/**
 * The output of the round before, for those files that it still holds for.
 *
 * What a file's output says is decided by the file, by everything it reaches through references, by the numbers of both,
 * and by which names there are at all (a local variable never hides one). If none of that changed, neither did the text.
 */
export class Texts {
  #ids = new Map<string, number>()
  #before = new Map<string, number>()
  #last = 0
  readonly #words = new Map<string, { readonly text: string; readonly words: readonly string[] }>()
  #known = new Map<string, { readonly key: string; readonly files: ReadonlyMap<string, string> }>()
  #keys = new Map<string, string>()
  readonly #texts = new WeakMap<ModelFile, string>()
  readonly #once = new Map<string, { readonly key: string; readonly text: string }>()

  /** The paths of the files whose output has to be made. */
  stale(project: Project): string[] {
    this.#keys = this.#keysOf(project)
    return project.files.map(({ path }) => path).filter((path) => this.#known.get(path)?.key !== this.#keys.get(path))
  }

  /** The whole output: `fresh` for what was stale, what is known for the rest. */
  merge(project: Project, fresh: ReadonlyMap<string, ReadonlyMap<string, string>>): Map<string, string> {
    const known = new Map<string, { key: string; files: ReadonlyMap<string, string> }>()
    for (const { path } of project.files) {
      const files = fresh.get(path) ?? this.#known.get(path)?.files ?? new Map<string, string>()
      known.set(path, { key: this.#keys.get(path) ?? '', files })
    }
    this.#known = known
    return new Map([...known.values()].flatMap(({ files }) => [...files]))
  }

  /** A text that `key` alone decides: made again where that is another one than in the round before. */
  once(path: string, key: string, make: () => string): string {
    const known = this.#once.get(path)
    if (known?.key === key) return known.text
    const text = make()
    this.#once.set(path, { key, text })
    return text
  }

  #keysOf({ model, lock, names }: Project): Map<string, string> {
    this.#before = this.#ids
    this.#ids = new Map()
    const home = new Map<string, string>()
    for (const file of model.files) for (const { fullName } of file.declarations) home.set(fullName, file.path)
    const ids = new Map<string, number>()
    const reached = new Map<string, readonly string[]>()
    for (const file of model.files) {
      const text = this.#textOf(file)
      const numbers = JSON.stringify(
        file.declarations.map(({ fullName }) => lock.get(fullName)),
        (_key, value: unknown) => (value instanceof Map ? [...value] : value),
      )
      ids.set(file.path, this.#id(`${text}\n${numbers}`))
      const words = this.#words.get(file.path)
      const named = words?.text === text ? words.words : wordsOf(text)
      this.#words.set(file.path, { text, words: named })
      reached.set(
        file.path,
        named.flatMap((name) => home.get(name) ?? []),
      )
    }
    const allNames = this.#id([...names.values()].map((n) => `${n.name} ${n.write} ${n.read}`).join('\n'))
    return new Map(
      model.files.map(({ path }) => {
        const all = [...closure(path, reached)].map((other) => ids.get(other) ?? 0)
        return [path, `${allNames}:${all.sort((a, b) => a - b).join()}`]
      }),
    )
  }

  /** A file that didn't change is the same object as in the round before (`parse.ts`). */
  #textOf(file: ModelFile): string {
    const known = this.#texts.get(file)
    if (known !== undefined) return known
    const text = JSON.stringify(file)
    this.#texts.set(file, text)
    return text
  }

  /** A number for a text: the same as in the round before, and never another text's. */
  #id(text: string): number {
    const id = this.#ids.get(text) ?? this.#before.get(text) ?? ++this.#last
    this.#ids.set(text, id)
    return id
  }
}

/** Every text in a file's model that may be a full name. */
function wordsOf(text: string): string[] {
  return [...new Set([...text.matchAll(/"([A-Za-z_][\w.]*)"/g)].map(([, word]) => word as string))]
}

function closure(path: string, reached: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set([path])
  for (const at of found) for (const next of reached.get(at) ?? []) found.add(next)
  return found
}
