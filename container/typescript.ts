import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from './config.js'

let ready = false

/**
 * Makes `import()` read TypeScript: by the project's own tsx where it has one, else by Node where it can (22.18 and later,
 * types only). Throws Error that says what to install.
 */
export async function readTypeScript(folder: string, file: string): Promise<void> {
  // From a checkout of tsubo itself whatever runs this reads TypeScript already.
  if (ready || import.meta.url.endsWith('.ts')) return
  const tsx = installed(folder, 'tsx/esm')
  const { typescript } = process.features as { typescript?: unknown }
  if (tsx) await import(pathToFileURL(tsx).href)
  else if (!typescript) {
    throw new ConfigError(
      `${file} is TypeScript, which Node ${process.versions.node} doesn't read by itself; run: npm install --save-dev tsx (or name compiled .js files)`,
    )
  }
  ready = true
}

/** Looked for where the project lies, not where tsubo does: it is the project's tool. */
function installed(folder: string, name: string): string | undefined {
  try {
    return createRequire(join(folder, 'package.json')).resolve(name)
  } catch {
    return undefined
  }
}

export function isTypeScript(file: string): boolean {
  return /\.[mc]?ts$/.test(file)
}
