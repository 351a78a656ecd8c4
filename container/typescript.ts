import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

let ready = false

/**
 * Makes `import()` read TypeScript: by the project's own tsx where it has one, else by Node where it can (22.18 and later,
 * types only). Throws Error that says what to install.
 */
export async function readTypeScript(folder: string, file: string): Promise<void> {
  // From a checkout of tsubo itself whatever runs this reads TypeScript already.
  if (ready || import.meta.url.endsWith('.ts')) return
  try {
    const path = createRequire(join(folder, 'package.json')).resolve('tsx/esm/api')
    const tsx = (await import(pathToFileURL(path).href)) as { register(): unknown }
    tsx.register()
  } catch {
    const { typescript } = process.features as { typescript?: unknown }
    if (!typescript) {
      throw new Error(
        `${file} is TypeScript, which Node ${process.versions.node} doesn't read by itself; run: npm install --save-dev tsx (or name compiled .js files)`,
      )
    }
  }
  ready = true
}

export function isTypeScript(file: string): boolean {
  return /\.[mc]?ts$/.test(file)
}
