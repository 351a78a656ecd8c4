import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runTsubo } from '../support/child.js'

/** Contracts are input to a code generator: whatever they hold, codegen ends with a diagnostic and writes nothing. */
const folder = mkdtempSync(join(tmpdir(), 'tsubo-hostile-'))
const service = 'export interface Ping { ping(text: string): Promise<string> }\n'
const head = '// tsubo: the numbers of this file are in tsubo.lock.json (owner hostile)\n'
const deep = 10_000

const chain = (count: number) =>
  Array.from({ length: count }, (_, i) => `export type A${i} = ${i + 1 < count ? `A${i + 1}` : 'string'}\n`).join('')
const member = (text: string) =>
  `${head}export interface Ping { ping(m: M): Promise<string> }\nexport interface M { a: ${text} }\n`

/** Texts of ping.d.ts, with what its refusal says; undefined where it may as well be taken. */
const contracts: Readonly<Record<string, readonly [text: () => string, refusal?: RegExp]>> = {
  [`arrays ${deep} deep`]: [() => member(`string${'[]'.repeat(deep)}`), /too-deep/],
  [`objects ${deep} deep`]: [() => member(`${'{ a: '.repeat(deep)}string${' }'.repeat(deep)}`), /too-deep|syntax/],
  [`parentheses ${deep} deep`]: [() => member(`${'('.repeat(deep)}string${')'.repeat(deep)}`), /too-deep|unsupported/],
  [`generics ${deep} deep`]: [() => member(`${'Array<'.repeat(deep)}string${'>'.repeat(deep)}`), /too-deep/],
  [`${deep} aliases of aliases`]: [() => member('A0') + chain(deep)],
  'an alias of itself': [() => `${member('A')}export type A = A[]\n`, /cyclic-alias|typescript/],
  'aliases in a circle': [
    () => `${member('A')}export type A = B\nexport type B = A | string\n`,
    /cyclic-alias|typescript/,
  ],
  'a generic that grows for ever': [
    () => `${member('G<string>')}export interface G<T> { next?: G<G<T>> }\n`,
    /too-deep|unsupported|generic/,
  ],
  'interfaces that extend each other': [
    () => `${member('A')}export interface A extends B {}\nexport interface B extends A {}\n`,
    /ping\.d\.ts:\d+:\d+ /,
  ],
  'a union of 10,000 literals': [() => member(Array.from({ length: deep }, (_, i) => `'v${i}'`).join(' | '))],
  '10 MB of comment': [() => `${head}/* ${'x'.repeat(10 * 2 ** 20)} */\n${service}`],
  '10 MB on one line': [() => member(`'${'x'.repeat(10 * 2 ** 20)}' | ${'y'.repeat(1000)}`), /unresolved-name/],
  'bytes that are no text': [() => `${head}\u0000\ufffd\u0001${service}`, /syntax/],
  'names every object has': [
    () =>
      `${head}export interface Ping { __proto__(): Promise<string>; constructor(): Promise<string>; then(): Promise<string> }\n`,
    /unsafe-name[\s\S]*unsafe-name[\s\S]*unsafe-name/,
  ],
  'an import that leaves the folder': [
    () =>
      `${head}import type { X } from '../../../../etc/passwd'\nexport interface Ping { ping(x: X): Promise<string> }\n`,
    /unresolved-import/,
  ],
  'a reference to a file of the machine': [() => `${head}/// <reference path="/etc/passwd" />\n${service}`],
}

describe('a hostile contract', () => {
  const idl = join(folder, 'idl')
  const out = join(folder, 'generated')

  beforeAll(async () => {
    write(join(folder, 'package.json'), '{"name":"hostile"}')
    write(join(idl, 'ping.d.ts'), service)
    expect(await codegen()).toMatchObject({ code: 0 })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const codegen = () => runTsubo(['codegen', '--idl', idl, '--out', out], { cwd: folder, timeoutMs: 60_000 })

  it.each(Object.entries(contracts))('%s', { timeout: 60_000 }, async (_, [text, refusal]) => {
    write(join(idl, 'ping.d.ts'), text())
    const before = contents(out)
    const lock = readFileSync(join(idl, 'tsubo.lock.json'), 'utf8')
    const { code, signal, stdout, stderr } = await codegen()
    expect(signal).toBe(null)
    // Words, no stack trace, no wall of text.
    expect(stderr + stdout).not.toMatch(/\n\s+at .*:\d+|RangeError|TypeError|node:internal/)
    expect(stderr.length).toBeLessThan(20_000)
    if (refusal) {
      expect(stderr).toMatch(refusal)
      expect(code).toBe(1)
    }
    if (code === 0) return
    expect(stderr).toMatch(/nothing was written\n$/)
    expect(contents(out)).toEqual(before)
    expect(readFileSync(join(idl, 'tsubo.lock.json'), 'utf8')).toBe(lock)
  })

  it('a folder that is a circle of links', async () => {
    write(join(idl, 'ping.d.ts'), head + service)
    symlinkSync(idl, join(idl, 'again'))
    const { stderr, stdout } = await codegen()
    rmSync(join(idl, 'again'))
    expect(stderr + stdout).not.toMatch(/\n\s+at .*:\d+|RangeError|node:internal/)
  })
})

function contents(path: string): Record<string, string> {
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(path, file), 'utf8')]))
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
