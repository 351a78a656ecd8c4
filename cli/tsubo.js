#!/usr/bin/env node
// The command's one entry, committed as plain JavaScript so that it runs before anything was built.
// In a checkout it reads the TypeScript sources through tsx; installed it runs what was compiled.
import { existsSync } from 'node:fs'
import * as module from 'node:module'
import { fileURLToPath } from 'node:url'

// In this process, not a child: signals, exit codes and stdin then need no forwarding.
async function loadSources() {
  const tsx = await import('tsx/esm/api').catch(() => {
    process.stderr.write('tsubo: this checkout has no node_modules yet; run: npm ci\n')
    process.exit(1)
  })
  tsx.register({ tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) })
  // `import 'tsubo/codegen'` means runtime/codegen.ts here, whatever flags node was started with.
  const resolve = (specifier, context, next) =>
    next(specifier, { ...context, conditions: [...context.conditions, '@tsubo/source'] })
  // Node 20 knows only hooks in a thread of their own, and later ones call those deprecated.
  if (module.registerHooks) module.registerHooks({ resolve })
  else module.register(`data:text/javascript,export const resolve = ${encodeURIComponent(resolve)}`)
}

// `tsubo ... | head`: the reader has seen enough, which is no failure of ours.
process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const inCheckout = existsSync(new URL('./main.ts', import.meta.url))
if (inCheckout) await loadSources()
const { main } = await import(inCheckout ? './main.ts' : '../dist/cli/main.js')
process.exitCode = await main(process.argv.slice(2))
