import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { root, runNode } from '../support/child.js'

/* `generator/compiler.cjs` beside a stand-in for TypeScript, which takes a moment less than 9 MB. */
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsubo-compiler-'))
  put('node_modules/ts-morph/package.json', '{ "name": "ts-morph", "main": "index.js" }')
  put('node_modules/ts-morph/index.js', "exports.ts = { version: 'past the one beside it' }")
  put('node_modules/@ts-morph/common/dist/typescript.js', "exports.version = '6.0.2'; exports.here = __filename")
  cpSync(`${root}generator/compiler.cjs`, join(folder, 'compiler.cjs'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('keeps what was made of it in one run for the next', async () => {
  expect(await version()).toBe('6.0.2')
  const [kept] = cached() as [string]
  const before = statSync(kept)
  expect(before.size).toBeGreaterThan(0)
  expect(await version()).toBe('6.0.2')
  expect(cached()).toEqual([kept])
  expect(statSync(kept).ino).toBe(before.ino)
})

it('makes it anew where what was kept is broken', async () => {
  await version()
  const [kept] = cached() as [string]
  const whole = readFileSync(kept)
  for (const broken of [whole.subarray(0, whole.length / 2), Buffer.from('no code at all'), Buffer.alloc(0)]) {
    writeFileSync(kept, broken)
    expect(await version()).toBe('6.0.2')
    expect(readFileSync(kept).length).toBe(whole.length)
  }
})

it('keeps another one for another compiler', async () => {
  await version()
  put('node_modules/@ts-morph/common/dist/typescript.js', "exports.version = 'a newer one'")
  expect(await version()).toBe('a newer one')
  expect(cached()).toHaveLength(2)
})

it('keeps nothing where Node is told not to', async () => {
  expect(await version({ NODE_DISABLE_COMPILE_CACHE: '1' })).toBe('6.0.2')
  expect(existsSync(join(folder, 'node_modules/.cache'))).toBe(false)
})

it('takes the one of ts-morph where there is none beside it', async () => {
  rmSync(join(folder, 'node_modules/@ts-morph'), { recursive: true })
  expect(await version()).toBe('past the one beside it')
})

async function version(env: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr } = await runNode(['-p', "require('./compiler.cjs').ts.version"], { cwd: folder, env })
  expect(stderr).toBe('')
  return stdout.trim()
}

function cached(): string[] {
  const at = join(folder, 'node_modules/.cache/tsubo')
  return readdirSync(at).map((name) => join(at, name))
}

function put(path: string, text: string): void {
  const at = join(folder, path)
  mkdirSync(dirname(at), { recursive: true })
  writeFileSync(at, text)
}
