import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { run as breaking } from '../../cli/breaking.js'
import { run as codegen } from '../../cli/codegen.js'

const contract = (ticket: string, method = 'book(ticket: Ticket): Promise<string>') => `/** @package acme */
export interface Tickets {
  ${method}
}

export interface Ticket {
  ${ticket}
}
`
const first = contract('train: string\n  seat?: string\n  note?: string')

let folder = ''
let home = ''

function git(...args: string[]): void {
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false']
  const done = spawnSync('git', [...who, ...args], { cwd: folder, encoding: 'utf8' })
  if (done.status !== 0) throw new Error(done.stderr)
}

/** Runs a command in this process: what it prints, and its exit code. */
async function run(command: (args: string[]) => Promise<number>, ...args: string[]) {
  const out: string[] = []
  const err: string[] = []
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0),
  ]
  try {
    return { code: await command(args), out: out.join(''), err: err.join('') }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

const write = (text: string) => writeFileSync(join(folder, 'idl/ticket.d.ts'), text)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsubo-breaking-'))
  home = process.cwd()
  process.chdir(folder)
  mkdirSync(join(folder, 'idl'))
  write(first)
  expect((await run(codegen)).code).toBe(0)
  git('init', '-q', '-b', 'master')
  git('add', 'idl')
  git('commit', '-qm', 'first')
})

beforeEach(() => git('checkout', '-q', '--', 'idl'))

afterAll(() => {
  process.chdir(home)
  rmSync(folder, { recursive: true, force: true })
})

describe('tsubo breaking', () => {
  it('finds nothing where nothing breaks', async () => {
    write(contract('note?: string\n  more?: Date\n  train: string\n  seat?: string'))
    expect(await run(breaking, '--against', 'HEAD')).toEqual({ code: 0, out: 'nothing breaks against HEAD\n', err: '' })
  })

  it('lists what breaks, the gravest first, with its place and what to do instead', async () => {
    write(contract('train: bigint\n  place?: string'))
    const { code, out } = await run(breaking, '--against', 'HEAD')
    expect(code).toBe(1)
    expect(out).toBe(`WIRE: peers misread each other's bytes

idl/ticket.d.ts:7:3 field-type acme.Ticket.train
  it was string and is bigint
  fails: old clients calling new servers, new clients calling old servers
  also breaks JSON and source
  instead: add a property of the new type, and let the old one go later

SOURCE: whatever runs goes on, but code may not compile against it any more

idl/ticket.d.ts:9:3 (at HEAD) field-removed acme.Ticket.seat
  seat is gone
  instead: make it optional and @deprecated first; if it was renamed, write @was <old name> above the new one

idl/ticket.d.ts:10:3 (at HEAD) field-removed acme.Ticket.note
  note is gone
  instead: make it optional and @deprecated first; if it was renamed, write @was <old name> above the new one

3 breaking changes against HEAD: 1 wire, 2 source
`)
  })

  it('keeps to a level, and prints JSON', async () => {
    write(contract('train: string\n  /** @was seat */\n  place?: string\n  note?: string'))
    expect((await run(breaking, '--against', 'HEAD', '--level', 'wire')).code).toBe(0)
    const { code, out } = await run(breaking, '--against', 'HEAD', '--level', 'json', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toEqual([
      {
        kind: 'field-renamed',
        level: 'json',
        path: 'acme.Ticket.place',
        message: 'seat is called place now',
        wire: [],
        json: ['old-reads-new', 'new-reads-old'],
        source: true,
        calls: [],
        file: 'idl/ticket.d.ts',
        line: 9,
        column: 3,
      },
    ])
  })

  it('compares with a folder, which needs no git', async () => {
    const older = join(folder, 'older')
    cpSync(join(folder, 'idl'), older, { recursive: true })
    write(contract('train: string\n  note: string'))
    const { code, out } = await run(breaking, '--against', 'older', '--level', 'wire')
    rmSync(older, { recursive: true })
    expect(code).toBe(1)
    expect(out).toContain('field-presence acme.Ticket.note\n  it was optional and is required')
  })

  it('leaves work tree and index as they are', async () => {
    const lock = readFileSync(join(folder, 'idl/tsubo.lock.json'), 'utf8')
    write(contract('train: string'))
    await run(breaking, '--against', 'HEAD')
    expect(readFileSync(join(folder, 'idl/tsubo.lock.json'), 'utf8')).toBe(lock)
    const { stdout } = spawnSync('git', ['status', '--porcelain', 'idl'], { cwd: folder, encoding: 'utf8' })
    expect(stdout).toBe(' M idl/ticket.d.ts\n')
  })

  it.each([
    [['--against', 'nowhere'], '"nowhere" is neither a folder nor a commit of this repository'],
    [['--against', '--output=x'], '"--output=x" is neither a folder nor a commit of this repository'],
    [[], '--against is missing: --against main'],
    [['--against', 'HEAD', '--level', 'byte'], 'there is no level "byte": wire, json or source'],
  ])('is wrong usage: %j', async (args, sentence) => {
    const joined = args[0] === '--against' && args.length === 2 ? [`--against=${args[1]}`] : args
    expect(await run(breaking, ...joined)).toEqual({ code: 2, out: '', err: `tsubo breaking: ${sentence}\n` })
  })

  it('says so where the earlier state holds no contracts, or none that can be read', async () => {
    git('checkout', '-q', '--orphan', 'other')
    git('rm', '-qrf', '--cached', 'idl')
    git('commit', '-qm', 'nothing', '--allow-empty')
    git('checkout', '-qf', 'master', '--')
    expect((await run(breaking, '--against', 'other')).err).toBe(
      'tsubo breaking: there are no contracts in idl at other\n',
    )
    const older = join(folder, 'older')
    mkdirSync(older)
    writeFileSync(join(older, 'a.d.ts'), 'export interface A { call(x: Strng): void }')
    const { code, err } = await run(breaking, '--against', 'older')
    rmSync(older, { recursive: true })
    expect(code).toBe(2)
    expect(err).toContain('unresolved-name: there is no type "Strng"')
    expect(err).toContain(
      "tsubo breaking: the contracts at older can't be read by this version: 1 problem in the contracts",
    )
  })
})

it('codegen --check says which lock entries would change', async () => {
  write(
    contract(
      'train: string\n  /** @was seat */\n  place?: string\n  more?: string',
      'sell(ticket: Ticket): Promise<string>',
    ),
  )
  const { code, err } = await run(codegen, '--check')
  expect(code).toBe(1)
  expect(err).toContain(`idl/tsubo.lock.json is stale
  acme.Ticket.more: new, number 4
  acme.Ticket.note: number 3 becomes tombstone 3
  acme.Ticket.place: new, number 2
  acme.Ticket.seat: number 2 is gone from the lock
  acme.Tickets/book: bare body becomes tombstone of a bare body
  acme.Tickets/sell: new, bare body
`)
})
