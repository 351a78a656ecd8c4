import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Project, ts } from 'ts-morph'

/**
 * Generated TypeScript as what an installed package holds: for every `x.ts` an `x.js` and an `x.d.ts`, since Node runs no
 * TypeScript below node_modules. Imports of packages are looked up from `folder`.
 *
 * Throws an Error with the compiler's first complaint; generated code has none unless a package it needs isn't there.
 */
export function compile(files: ReadonlyMap<string, string>, folder: string): Map<string, string> {
  // A folder that needn't exist, but lies where the packages are found.
  const root = join(resolve(folder), '.tsubo-package').replaceAll('\\', '/')
  const texts = new Map([...files].map(([file, text]) => [`${root}/${file}`, text]))
  const project = new Project({
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      strict: true,
      declaration: true,
      skipLibCheck: true,
      types: [],
      paths: {
        'tsubo/codegen': [runtimePath('codegen')],
        'tsubo/codegen/protobufjs': [runtimePath('codegen/protobufjs')],
        'tsubo/types': [runtimePath('types')],
      },
    },
    skipAddingFilesFromTsConfig: true,
    skipFileDependencyResolution: true,
  })
  for (const [path, text] of texts) project.createSourceFile(path, text)
  const program = project.getProgram().compilerObject
  const output = new Map<string, string>()
  for (const path of texts.keys()) {
    const source = program.getSourceFile(path)
    const [complaint] = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    if (complaint) {
      const message = ts.flattenDiagnosticMessageText(complaint.messageText, ' ')
      throw new Error(`the generated ${path.slice(root.length + 1)} does not compile: ${message}`)
    }
    program.emit(source, (written, text) => {
      output.set(written.slice(root.length + 1), text)
    })
  }
  return output
}

function runtimePath(name: string): string {
  const file = `../runtime/${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.d.ts'}`
  return fileURLToPath(new URL(file, import.meta.url)).replaceAll('\\', '/')
}
