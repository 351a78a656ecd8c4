#!/usr/bin/env node
/*
 * Gets everything in place, then measures: the peers (installed on first use), tsubo as its package ships it and this
 * folder's own code, both compiled, so that no loader stands between Node and what is measured.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const bench = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('..', import.meta.url))
const lock = readFileSync(`${bench}package-lock.json`, 'utf8')
const installed = `${bench}node_modules/.installed-lock.json`

if (!existsSync(installed) || readFileSync(installed, 'utf8') !== lock) {
  console.log('bench: installing the peers: npm ci --prefix bench')
  step('npm', ['ci', '--prefix', 'bench', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
  // Code in here finds tsubo as code elsewhere does: in node_modules, through its package.json.
  rmSync(`${bench}node_modules/tsubo`, { force: true })
  symlinkSync(root, `${bench}node_modules/tsubo`, 'junction')
  writeFileSync(installed, lock)
}
step(process.execPath, [`${root}cli/tsubo.js`, 'codegen', '--idl', 'bench/idl', '--out', 'bench/generated'], 'ignore')
rmSync(`${bench}dist`, { recursive: true, force: true })
step('npm', ['run', '--silent', 'build'])
step(process.execPath, [`${root}node_modules/@typescript/native/bin/tsc`, '-p', bench])

await import('./dist/main.js')

/** @param {string} command @param {string[]} args @param {'inherit' | 'ignore'} [output] */
function step(command, args, output = 'inherit') {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', output, 'inherit'] })
  if (status === 0) return
  console.error(`bench: ${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`)
  process.exit(1)
}
