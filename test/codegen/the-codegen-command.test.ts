import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { run } from '../../cli/codegen.js'
import { runTsubo } from '../support/child.js'

const contract = `/** @package a.b */
export interface Ping {
  ping(text: string): Promise<string>
}
`

describe('tsubo codegen', () => {
  const before = process.cwd()
  let folder = ''

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tsubo-codegen-'))
    mkdirSync(join(folder, 'idl/sub'), { recursive: true })
    writeFileSync(join(folder, 'idl/ping.d.ts'), contract)
    writeFileSync(join(folder, 'idl/sub/pong.d.ts'), contract.replace('a.b', 'a.c'))
    process.chdir(folder)
  })

  afterEach(() => {
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
    vi.restoreAllMocks()
  })

  /** Runs the command here. Its exit code, and what it printed. */
  async function codegen(...args: string[]) {
    const printed: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
    const code = await run(args).finally(() => vi.restoreAllMocks())
    return { code, text: printed.join('') }
  }

  const list = (path: string) => readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()
  const generated = [
    'ping.codec.ts',
    'ping.contract.ts',
    'ping.schema.ts',
    'ping.ts',
    'sub',
    'sub/pong.codec.ts',
    'sub/pong.contract.ts',
    'sub/pong.schema.ts',
    'sub/pong.ts',
  ]

  it('writes idl/ to generated/, with the lock beside the contracts', async () => {
    expect(await codegen()).toEqual({
      code: 0,
      text: 'idl -> generated: 9 written, 0 unchanged, owner named in 2 contracts\n',
    })
    expect(list('generated')).toEqual(generated)
    expect(list('idl')).toEqual(['ping.d.ts', 'sub', 'sub/pong.d.ts', 'tsubo.lock.json'])
  })

  it('writes .proto files to their folder and zod schemas beside the rest, and takes away what is not asked for', async () => {
    expect((await codegen('--proto', 'proto', '--zod')).code).toBe(0)
    expect(list('proto')).toEqual(['ping.proto', 'sub', 'sub/pong.proto'])
    expect(list('generated')).toContain('sub/pong.zod.ts')
    expect((await codegen('--proto', 'proto', '--zod', '--check')).code).toBe(0)
    writeFileSync('proto/ping.proto', `${readFileSync('proto/ping.proto', 'utf8')}\n`)
    expect((await codegen('--proto', 'proto', '--zod', '--check')).text).toContain('proto/ping.proto is stale')
    writeFileSync('proto/sub/pong.proto', 'syntax = "proto3";')
    await expect(codegen('--proto', 'proto')).rejects.toThrow(/pong\.proto is in the way.*--proto/)
    rmSync('proto/sub/pong.proto')
    await codegen('--proto', 'proto')
    expect(list('generated')).toEqual(generated)
  })

  it('touches only what changed', async () => {
    await codegen()
    for (const file of ['generated/ping.ts', 'generated/sub/pong.ts']) utimesSync(file, 1, 1)
    writeFileSync('idl/ping.d.ts', contract.replace('ping(', 'pang('))
    expect((await codegen()).text).toBe('idl -> generated: 5 written, 4 unchanged, owner named in 1 contract\n')
    expect(statSync('generated/sub/pong.ts').mtimeMs).toBe(1000)
    expect(statSync('generated/ping.ts').mtimeMs).toBeGreaterThan(1000)
  })

  it('reads and writes any folders', async () => {
    expect((await codegen('--idl', 'idl/sub', '--out', 'some/where')).code).toBe(0)
    expect(list('some/where')).toEqual(['pong.codec.ts', 'pong.contract.ts', 'pong.schema.ts', 'pong.ts'])
    expect(existsSync('idl/sub/tsubo.lock.json')).toBe(true)
  })

  it('takes away what an earlier run wrote for a contract that is gone, and nothing else', async () => {
    await codegen()
    writeFileSync('generated/own.ts', 'export {}\n')
    rmSync('idl/sub', { recursive: true })
    expect((await codegen()).text).toBe('idl -> generated: 1 written, 4 removed, 4 unchanged\n')
    expect(list('generated')).toEqual(['own.ts', 'ping.codec.ts', 'ping.contract.ts', 'ping.schema.ts', 'ping.ts'])
    expect(readFileSync('idl/tsubo.lock.json', 'utf8')).toContain('"removedMethods"')
  })

  it('does not overwrite what it did not write', async () => {
    mkdirSync('generated')
    writeFileSync('generated/ping.ts', 'export const mine = 1\n')
    await expect(codegen()).rejects.toThrow(/ping\.ts is in the way/)
    expect(list('generated')).toEqual(['ping.ts'])
    expect(existsSync('idl/tsubo.lock.json')).toBe(false)
  })

  it.each([
    [
      'a contract',
      () => writeFileSync('idl/ping.d.ts', contract.replace('string', 'Strng')),
      'idl/ping.d.ts:3:14 unresolved-name',
    ],
    ['the lock', () => writeFileSync('idl/tsubo.lock.json', '{'), 'idl/tsubo.lock.json:1:2 bad-lock'],
    ['all of it', () => rmSync('idl', { recursive: true }), 'no-contract: there is no folder "idl"'],
  ])('a run that fails over %s writes nothing', async (_, break_, report) => {
    await codegen()
    const lock = readFileSync('idl/tsubo.lock.json', 'utf8')
    rmSync('generated', { recursive: true })
    break_()
    const { code, text } = await codegen()
    expect(code).toBe(1)
    expect(text).toContain(report)
    expect(text).toContain('nothing was written')
    expect(existsSync('generated')).toBe(false)
    if (report.includes('ping.d.ts')) expect(readFileSync('idl/tsubo.lock.json', 'utf8')).toBe(lock)
  })

  it('--check names what is stale, and writes nothing', async () => {
    expect(await codegen('--check')).toMatchObject({ code: 1 })
    expect(existsSync('generated')).toBe(false)
    await codegen()
    expect(await codegen('--check')).toEqual({ code: 0, text: 'everything is up to date\n' })
    writeFileSync('generated/ping.codec.ts', `${readFileSync('generated/ping.codec.ts', 'utf8')}// edited\n`)
    rmSync('generated/sub/pong.ts')
    const { code, text } = await codegen('--check')
    expect(code).toBe(1)
    expect(text).toContain('generated/ping.codec.ts is stale\n')
    expect(text).toContain('generated/sub/pong.ts is stale\n')
    expect(text).not.toContain('ping.schema.ts')
    expect(existsSync('generated/sub/pong.ts')).toBe(false)
  })

  it('--check finds a lock that would change', async () => {
    await codegen()
    writeFileSync('idl/ping.d.ts', contract.replace('text: string', 'text: string, more?: string'))
    expect((await codegen('--check')).text).toContain('idl/tsubo.lock.json is stale\n')
  })

  it('keeps numbers when members are reordered or move to another file', async () => {
    writeFileSync('idl/ping.d.ts', `${contract}export interface M { a: string; b: string }\n`)
    await codegen()
    const lock = readFileSync('idl/tsubo.lock.json', 'utf8')
    writeFileSync('idl/ping.d.ts', contract)
    writeFileSync('idl/sub/m.d.ts', '/** @package a.b */\nexport interface M { b: string; a: string }\n')
    await codegen()
    expect(readFileSync('idl/tsubo.lock.json', 'utf8')).toBe(lock)
  })

  it('reports a type nested 10,000 deep instead of ending in a stack overflow', async () => {
    writeFileSync('idl/ping.d.ts', contract.replace('string)', `string${'[]'.repeat(10_000)})`))
    const { code, text } = await codegen()
    expect(code).toBe(1)
    expect(text).toContain('nothing was written')
  })

  it('explains itself', async () => {
    const { code, text } = await codegen('--help')
    expect(code).toBe(0)
    for (const option of ['--idl', '--out', '--check']) expect(text).toContain(option)
  })

  it('is wrong usage to pass what it does not know', async () => {
    expect(await runTsubo(['codegen', '--chek'], { cwd: folder })).toMatchObject({ code: 2 })
    expect(await runTsubo(['codegen', 'idl'], { cwd: folder })).toMatchObject({ code: 2 })
  })
})
