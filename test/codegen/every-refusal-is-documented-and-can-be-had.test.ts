import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ContractError, codes, formatDiagnostic } from '../../generator/diagnostics.js'
import { generate } from '../../generator/generate.js'
import { root } from '../support/child.js'

const documented = [...readFileSync(`${root}docs/diagnostics.md`, 'utf8').matchAll(/^## (.+)$/gm)].map(
  ([, code]) => code,
)

/** What the golden folders refuse. */
const golden = new Set(
  readdirSync(`${root}test/golden`)
    .filter((name) => name.startsWith('refuses-'))
    .flatMap((name) => [
      ...readFileSync(`${root}test/golden/${name}/expected.txt`, 'utf8').matchAll(
        /^(?:idl\/.*:\d+:\d+ )?([a-z-]+): /gm,
      ),
    ])
    .map(([, code]) => code),
)

const service = 'export interface A { a(): Promise<string> }\n'
/** What a golden folder can't show: files by path, options of the run. */
const others: Readonly<Record<string, readonly [Readonly<Record<string, string>>, { proto?: boolean }?]>> = {
  'no-contract': [{ 'elsewhere/a.d.ts': service }],
  typescript: [{ 'idl/a.d.ts': `${service}export interface B extends C<string> {}\nexport interface C {}\n` }],
  'outside-type': [
    {
      'idl/a.d.ts': "import type { B } from '../b.js'\nexport interface A { a(b: B): Promise<string> }\n",
      'b.d.ts': 'export interface B { b: string }\n',
    },
  ],
  'bad-manifest': [{ 'idl/a.d.ts': service, 'idl/of/b.d.ts': '', 'idl/of/tsubo.contract.json': '{"owner":1}' }],
  'foreign-contract': [
    { 'idl/a.d.ts': `// tsubo: the numbers of this file are in tsubo.lock.json (owner @acme/a)\n${service}` },
  ],
  'read-only': [
    {
      'idl/a.d.ts': service,
      'idl/of/b.d.ts': 'export interface B { b: string }\n',
      'idl/of/tsubo.lock.json': '{"lockVersion":1,"declarations":{}}',
      'idl/of/tsubo.contract.json': JSON.stringify({
        contractVersion: 1,
        owner: 'b',
        from: 'b',
        services: ['B'],
        files: { 'b.d.ts': '0'.repeat(64), 'tsubo.lock.json': '0'.repeat(64) },
      }),
    },
  ],
  'proto-circle': [
    {
      'idl/a.d.ts':
        "/** @package a */\nimport type { B } from './b.js'\nexport interface S { a(a: A): Promise<B> }\nexport interface A { b?: B }\n",
      'idl/b.d.ts': "/** @package b */\nimport type { A } from './a.js'\nexport interface B { a?: A }\n",
    },
    { proto: true },
  ],
  'too-deep': [{ 'idl/a.d.ts': `export interface A { a(b: string${'[]'.repeat(20_000)}): Promise<string> }\n` }],
}

describe('every refusal', () => {
  it('has an entry in docs/diagnostics.md, and every entry is of one', () => {
    expect(documented).toEqual(Object.keys(codes).sort())
  })

  it('can be had', () => {
    expect(Object.keys(codes).filter((code) => !golden.has(code) && !Object.hasOwn(others, code))).toEqual([])
  })

  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tsubo-refusal-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it.each(Object.entries(others))('%s', (code, [files, options]) => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
    const before = readdirSync(folder, { recursive: true })
    let refused: ContractError | undefined
    try {
      generate(join(folder, 'idl'), options)
    } catch (error) {
      if (!(error instanceof ContractError)) throw error
      refused = error
    }
    const found = refused?.diagnostics.find((d) => d.code === code)
    expect(refused?.diagnostics.map((d) => d.code)).toContain(code)
    const text =
      found &&
      formatDiagnostic(
        found,
        (file) => `idl/${file}`,
        (file) => files[`idl/${file}`],
      )
    expect(text).toMatch(new RegExp(`^(idl/.*:\\d+:\\d+ )?${code}: .+`))
    expect(text?.length).toBeLessThan(2000)
    if (code !== 'typescript') expect(text).toContain('\n  fix: ')
    expect(readdirSync(folder, { recursive: true })).toEqual(before)
  })
})
