import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { compileFunction } from 'node:vm'
import { build } from 'esbuild'
import * as codegen from 'tsubo/codegen'
import * as protobufjs from 'tsubo/codegen/protobufjs'
import * as zod from 'zod'

/** What generated code may import besides its neighbours. */
const packages: Readonly<Record<string, object>> = {
  'tsubo/codegen': codegen,
  'tsubo/codegen/protobufjs': protobufjs,
  zod,
}

/**
 * The generated modules of a folder by their names without `.ts`, as `import()` gives them. For folders of hundreds: the test
 * runner takes 30 ms for each.
 */
export async function generatedModules(folder: string): Promise<(name: string) => Readonly<Record<string, unknown>>> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'))
  const { outputFiles } = await build({
    entryPoints: files.map((file) => join(folder, file)),
    outdir: folder,
    format: 'cjs',
    write: false,
  })
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path, '.js'), text]))
  const loaded = new Map<string, Record<string, unknown>>()
  const load = (name: string): Record<string, unknown> => {
    const known = loaded.get(name)
    if (known) return known
    const text = texts.get(name)
    if (text === undefined) throw new Error(`${folder} has no module ${name}`)
    const module = { exports: {} as Record<string, unknown> }
    const require = (id: string) => packages[id] ?? load(basename(id, '.js'))
    compileFunction(text, ['module', 'exports', 'require'], { filename: join(folder, name) })(
      module,
      module.exports,
      require,
    )
    loaded.set(name, module.exports)
    return module.exports
  }
  return load
}
