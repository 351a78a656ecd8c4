import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

/*
 * Of `npm run build`: joins the 200 modules of the runtime into two files, so that `import 'tsubo'` takes half the time, and
 * V8 half as many collections, one of them of the whole heap.
 *
 *   dist/runtime/joined/codegen.js    what generated code imports: runs in browsers, too
 *   dist/runtime/joined/runtime.js    what else `runtime/index.js` imports
 *
 * Every module stays where it was and exports what it did, from there: whoever imports one by its path (`cli`, `container`,
 * another entry of the package) has the same objects. What is loaded only when it is needed remains a file of its own.
 */

const dist = fileURLToPath(new URL('../dist', import.meta.url))
const joined = 'runtime/joined/'
const itself = 'tsubo/codegen'
const codegen = join(dist, 'runtime/codegen.js')

// What builds before left is no module: what was joined, and what has no source any more.
rmSync(join(dist, joined), { recursive: true, force: true })
const compiled = ['runtime', 'generated/tsubo'].flatMap((folder) =>
  readdirSync(join(dist, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(dist, folder, name)),
)
const isLeft = (file: string): boolean => !existsSync(join(dist, '..', relative(dist, file).replace(/\.js$/, '.ts')))
for (const left of compiled.filter(isLeft)) rmSync(left)
const modules = compiled.filter((file) => existsSync(file))
const forCodegen = importedBy(codegen)
const forRuntime = importedBy(join(dist, 'runtime/index.js'))

const bundle = await rolldown({
  input: Object.fromEntries(modules.map((file) => [relative(dist, file).slice(0, -'.js'.length), file])),
  external: (id) => !id.startsWith('.') && !isAbsolute(id) && id !== itself,
  resolve: { alias: { [itself]: codegen } },
  // No helpers of Node's: half of it runs in browsers.
  platform: 'neutral',
  preserveEntrySignatures: 'strict',
  treeshake: false,
})
await bundle.write({
  dir: dist,
  entryFileNames: '[name].js',
  chunkFileNames: `${joined}[name].js`,
  comments: { annotation: true, legal: true, jsdoc: false },
  codeSplitting: {
    groups: [
      {
        debugName: 'joined',
        name: (id) => (forCodegen.has(id) ? 'codegen' : forRuntime.has(id) ? 'runtime' : null),
      },
    ],
  },
})
// They say where lines of the single modules came from.
for (const file of modules) rmSync(`${file}.map`, { force: true })

// One character beyond Latin-1, and V8 holds the whole source in two bytes a character, for as long as the process lives.
for (const name of ['codegen', 'runtime']) {
  const source = readFileSync(join(dist, joined, `${name}.js`), 'utf8')
  const [line] = /^.*[^\0-\xff].*$/m.exec(source) ?? []
  if (line !== undefined) throw new Error(`write this in Latin-1, or its characters as \\u....: ${line.trim()}`)
}

/** A module and all that it imports, and so on, but for what is loaded later. */
function importedBy(first: string): ReadonlySet<string> {
  const found = new Set([first])
  // Grows while it is gone through.
  for (const file of found) {
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export|}) ?.*'([^']+)';?$/gm)) {
      if (name === itself) found.add(codegen)
      else if (name.startsWith('.')) found.add(resolve(dirname(file), name))
    }
  }
  return found
}
