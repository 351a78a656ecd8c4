import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll } from 'vitest'
import { generate, type OutputOptions } from '../../generator/generate.js'
import { root } from '../support/child.js'

const folder = `${root}.docs-printing-${process.pid}`
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/**
 * What codegen makes of the contracts in `idl` (a folder of the repository) with `--codec protobufjs`, as modules. What
 * stands in `generated/` and in the golden folders is the other printing.
 */
export function onProtobufjs(idl: string, options: OutputOptions = {}): (module: string) => Promise<object> {
  const out = join(folder, idl)
  const { files } = generate(join(root, idl), { ...options, codec: 'protobufjs' })
  for (const [name, text] of files) {
    mkdirSync(dirname(join(out, name)), { recursive: true })
    writeFileSync(join(out, name), text)
  }
  return (module) => import(/* @vite-ignore */ pathToFileURL(join(out, `${module}.ts`)).href)
}

/** The codecs of the one service of a module. */
export async function codecsOnProtobufjs<T>(idl: string, module: string, name: string): Promise<() => T> {
  return Reflect.get(await onProtobufjs(idl)(`${module}.codec`), name) as () => T
}
