import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { run as contract } from '../../cli/contract.js'
import { textHash } from '../../generator/contract-folder.js'
import { ContractError } from '../../generator/diagnostics.js'
import { generate } from '../../generator/generate.js'
import { apply, changes } from '../../generator/output.js'
import type { MethodCodec } from '../../runtime/method.js'
import type { ServiceSchema } from '../../runtime/schema/schema.js'
import { anyValue } from '../codegen/any-value.js'
import { bytesOf, readBack } from '../codegen/bytes.js'
import { root, runNode, tsc } from '../support/child.js'

/*
 * tickets/ owns a contract and has changed it three times since shop/ got its copy. Whatever the shop holds, and however
 * it got it: codegen refuses, or every value crosses.
 */

// In the repository, so that 'tsubo' is this one.
const folder = `${root}.docs-travel-${process.pid}`
const owner = join(folder, 'tickets')
const shop = join(folder, 'shop')

const head = `/** @package acme.tickets */
import type { Money } from './shared/money.js'
import type { int32, uint64 } from 'tsubo/types'
`
const revisions: readonly string[] = [
  `${head}
export interface Tickets { echo(ticket: Ticket): Promise<Ticket> }
export interface Ticket { train: string; seat?: int32; price: Money; notes: string[]; order: uint64; old?: string }
`,
  // One in front, one gone.
  `${head}
export interface Tickets { echo(ticket: Ticket): Promise<Ticket> }
export interface Ticket { coach?: string; train: string; seat?: int32; price: Money; notes: string[]; order: uint64 }
`,
  // Reordered, another one gone, a new one in its place.
  `${head}
export interface Tickets { echo(ticket: Ticket): Promise<Ticket> }
export interface Ticket { order: uint64; notes: string[]; price: Money; meal?: string; train: string; coach?: string }
`,
  // A method before the first; what was removed comes back under its name, as a new member.
  `${head}
export interface Tickets { count(): Promise<int32>; echo(ticket: Ticket): Promise<Ticket> }
export interface Ticket { old?: string; order: uint64; at?: Date; notes: string[]; price: Money; meal?: string; train: string; coach?: string }
`,
]

const write = (path: string, text: string) => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
const codegen = (project: string) => {
  const [idl, out] = [join(project, 'idl'), join(project, 'generated')]
  apply(changes(generate(idl), idl, out))
}
/** The contract's text with the owner's line, which is there from the first run of codegen on. */
const revise = (text: string) => {
  const path = join(owner, 'idl/ticket.d.ts')
  const mark = existsSync(path) ? `${readFileSync(path, 'utf8').split('\n', 1)[0]}\n` : ''
  write(path, mark + text)
  codegen(owner)
}
const codes = (work: () => unknown): string[] => {
  try {
    work()
  } catch (error) {
    if (error instanceof ContractError) return error.diagnostics.map((d) => d.code)
    throw error
  }
  return []
}

async function cli(...args: string[]) {
  const printed: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
  const code = await contract(args).finally(() => vi.restoreAllMocks())
  return { code, text: printed.join('') }
}

interface Side {
  readonly schema: ServiceSchema
  readonly echo: MethodCodec
}

async function side(module: string): Promise<Side> {
  const load = async (path: string) =>
    (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Record<string, unknown>
  const { TicketsSchema } = (await load(`${module}.schema.${ending(module)}`)) as { TicketsSchema: ServiceSchema }
  const { ticketsCodecs } = (await load(`${module}.codec.${ending(module)}`)) as { ticketsCodecs: () => MethodCodec[] }
  const i = TicketsSchema.methods.findIndex((m) => m.name === 'echo')
  return { schema: TicketsSchema, echo: ticketsCodecs()[i] as MethodCodec }
}
const ending = (module: string) => (existsSync(`${module}.codec.ts`) ? 'ts' : 'js')

/** 10,000 random values each way: what both contracts know arrives as it was sent. */
function expectToCross(from: Side, to: Side): void {
  const type = { kind: 'ref', name: 'acme.tickets.Ticket' } as const
  const fields = (of: Side) => {
    const found = of.schema.types[type.name]
    return new Map(found?.kind === 'message' ? found.fields.map((f) => [f.name, f.number]) : [])
  }
  const theirs = fields(to)
  const both = [...fields(from)].filter(([name, number]) => theirs.get(name) === number).map(([name]) => name)
  expect(both).toEqual(expect.arrayContaining(['train', 'price', 'notes', 'order']))
  fc.assert(
    fc.property(anyValue(from.schema.types, type), (value) => {
      const [arrived] = readBack(to.echo.args, bytesOf(from.echo.args, [value])) as [Record<string, unknown>]
      const sent = value as Record<string, unknown>
      // A member that came back under its name is another one: it stays away, it is never misread.
      for (const name of theirs.keys()) expect(arrived[name]).toEqual(both.includes(name) ? sent[name] : undefined)
    }),
    { numRuns: 5000 },
  )
}

beforeAll(async () => {
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  symlinkSync(root, join(folder, 'node_modules/tsubo'))
  write(join(owner, 'package.json'), JSON.stringify({ name: '@acme/tickets', version: '1.0.0', type: 'module' }))
  write(
    join(owner, 'idl/shared/money.d.ts'),
    '/** @package acme */\nexport interface Money { amount: string; /** @maxLength 300 */ unit: string }\n',
  )
  revise(revisions[0] as string)
  cpSync(join(owner, 'idl'), join(folder, 'first'), { recursive: true })
  write(join(shop, 'package.json'), JSON.stringify({ name: 'shop', type: 'module' }))
  write(join(shop, 'idl/shop.d.ts'), '/** @package shop */\nexport interface Shop { open(): Promise<string> }\n')
  codegen(shop)
  expect(await cli('add', owner, 'Tickets', '--idl', join(shop, 'idl'))).toMatchObject({ code: 0 })
  const packed = await cli('pack', '--idl', join(owner, 'idl'), '--out', join(folder, 'packed'))
  expect(packed, packed.text).toMatchObject({ code: 0 })
  for (const revision of revisions.slice(1)) revise(revision)
  cpSync(shop, join(folder, 'pristine'), { recursive: true })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(() => {
  rmSync(shop, { recursive: true, force: true })
  cpSync(join(folder, 'pristine'), shop, { recursive: true })
})

describe('a copy from three revisions ago', () => {
  it('crosses where contract add brought it', async () => {
    codegen(shop)
    const [here, there] = [
      await side(join(shop, 'generated/acme-tickets/ticket')),
      await side(join(owner, 'generated/ticket')),
    ]
    expectToCross(here, there)
    expectToCross(there, here)
    expect(readFileSync(join(shop, 'idl/tsubo.lock.json'), 'utf8')).not.toContain('acme')
  })

  it('crosses where a package brought it', { timeout: 60_000 }, async () => {
    const installed = join(shop, 'node_modules/@acme/tickets-contract')
    cpSync(join(folder, 'packed'), installed, { recursive: true })
    rmSync(join(shop, 'idl/acme-tickets'), { recursive: true })
    write(
      join(shop, 'idl/shop.d.ts'),
      `/** @package shop */
import type { Ticket } from '@acme/tickets-contract/ticket.js'
export interface Shop { sell(basket: Basket): Promise<Ticket> }
export interface Basket { tickets: Ticket[] }
`,
    )
    codegen(shop)
    const lock = readFileSync(join(shop, 'idl/tsubo.lock.json'), 'utf8')
    expect(lock).toContain('shop.Basket')
    expect(lock).not.toContain('acme')
    expect(readFileSync(join(shop, 'generated/shop.codec.ts'), 'utf8')).toContain(
      "from '@acme/tickets-contract/ticket.codec.js'",
    )
    expect(existsSync(join(shop, 'generated/acme-tickets'))).toBe(false)
    // With the shop's code around it, type-checked and run as installed JavaScript.
    write(
      join(shop, 'main.ts'),
      "import { TicketsClient } from '@acme/tickets-contract/ticket.js'\nimport { ShopClient } from './generated/shop.js'\nconsole.log(typeof TicketsClient, typeof ShopClient)\n",
    )
    write(
      join(shop, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts', 'generated', 'idl'] }),
    )
    const checked = await runNode([tsc[6], '-p', shop], { timeoutMs: 60_000 })
    expect(checked.stdout).toBe('')
    const ran = await runNode(['--conditions=@tsubo/source', '--import', 'tsx', join(shop, 'main.ts')], { cwd: shop })
    expect(ran, ran.stderr).toMatchObject({ stdout: 'function function\n' })
    // The same files outside of node_modules, where the test runner loads tsubo's sources for them.
    const [here, there] = [await side(join(folder, 'packed/ticket')), await side(join(owner, 'generated/ticket'))]
    expectToCross(here, there)
    expectToCross(there, here)
  })

  it('is refused as a plain copy', () => {
    rmSync(join(shop, 'idl/acme-tickets'), { recursive: true })
    cpSync(join(folder, 'first/ticket.d.ts'), join(shop, 'idl/ticket.d.ts'))
    cpSync(join(folder, 'first/shared'), join(shop, 'idl/shared'), { recursive: true })
    const before = readFileSync(join(shop, 'idl/tsubo.lock.json'), 'utf8')
    expect(codes(() => codegen(shop))).toEqual(['foreign-contract', 'foreign-contract'])
    rmSync(join(shop, 'idl/tsubo.lock.json'))
    // Without any numbers here, its own contract is as strange.
    expect(codes(() => codegen(shop))).toEqual(['foreign-contract', 'foreign-contract', 'foreign-contract'])
    expect(existsSync(join(shop, 'idl/tsubo.lock.json'))).toBe(false)
    expect(before).not.toContain('acme')
  })

  it.each([
    [
      'with the newest contract beside old numbers',
      'ticket.d.ts',
      () => readFileSync(join(owner, 'idl/ticket.d.ts'), 'utf8'),
    ],
    [
      'with the newest numbers beside an old contract',
      'tsubo.lock.json',
      () => readFileSync(join(owner, 'idl/tsubo.lock.json'), 'utf8'),
    ],
    ['with a line changed by hand', 'ticket.d.ts', (text: string) => text.replace('train: string', 'train: int32')],
    ['with a number changed by hand', 'tsubo.lock.json', (text: string) => text.replace('"train": 1', '"train": 9')],
  ])('is refused %s', (_, file, change) => {
    const path = join(shop, 'idl/acme-tickets', file)
    const text = change(readFileSync(path, 'utf8'))
    write(path, text)
    expect(codes(() => codegen(shop))).toEqual(['read-only'])
    // Nor does it help to make the hashes fit where the numbers don't.
    if (file !== 'ticket.d.ts' || text.includes('int32;')) return
    const manifest = join(shop, 'idl/acme-tickets/tsubo.contract.json')
    const found = JSON.parse(readFileSync(manifest, 'utf8')) as { files: Record<string, string> }
    write(manifest, JSON.stringify({ ...found, files: { ...found.files, [file]: textHash(text) } }))
    if (text.includes('"train": 9')) return
    expect(codes(() => codegen(shop))).toContain('read-only')
  })

  it('becomes the newest when it is brought in again', async () => {
    expect(await cli('add', owner, 'acme.tickets.Tickets', '--idl', join(shop, 'idl'))).toMatchObject({ code: 0 })
    codegen(shop)
    const hash = (file: string) => /hash: '\w+'/.exec(readFileSync(file, 'utf8'))?.[0]
    const newest = hash(join(owner, 'generated/ticket.schema.ts'))
    expect(newest).toBeDefined()
    expect(hash(join(shop, 'generated/acme-tickets/ticket.schema.ts'))).toBe(newest)
  })
})

describe('contract pack', () => {
  it('makes what npm takes, the same every time', async () => {
    const out = join(folder, 'again')
    const idl = join(owner, 'idl')
    expect(await cli('pack', '--idl', idl, '--out', out, '--name', '@acme/t', '--version', '2.0.0-rc.1')).toMatchObject(
      { code: 0 },
    )
    const about = JSON.parse(readFileSync(join(out, 'package.json'), 'utf8')) as Record<string, unknown>
    expect(about).toMatchObject({ name: '@acme/t', version: '2.0.0-rc.1', type: 'module' })
    expect(about.peerDependencies).toHaveProperty('tsubo')
    const before = readFileSync(join(out, 'ticket.js'), 'utf8')
    expect(await cli('pack', '--idl', idl, '--out', out, '--name', '@acme/t', '--version', '2.0.0-rc.1')).toMatchObject(
      { code: 0 },
    )
    expect(readFileSync(join(out, 'ticket.js'), 'utf8')).toBe(before)
  })

  it('packs no contract that codegen has not numbered, and overwrites nothing it did not write', async () => {
    const mine = join(folder, 'mine')
    write(join(mine, 'package.json'), '{}')
    const idl = join(owner, 'idl')
    await expect(cli('pack', '--idl', idl, '--out', mine)).rejects.toThrow(/in the way/)
    write(join(folder, 'new/idl/a.d.ts'), 'export interface A { a(): Promise<string> }\n')
    await expect(cli('pack', '--idl', join(folder, 'new/idl'), '--out', join(folder, 'newer'))).rejects.toThrow(
      /run npx tsubo codegen/,
    )
    await expect(cli('pack', '--idl', idl, '--out', join(folder, 'x'), '--name', '../x')).rejects.toThrow(/--name/)
    await expect(cli('pack', '--idl', idl, '--out', idl)).rejects.toThrow(/folder of its own/)
    expect(readFileSync(join(mine, 'package.json'), 'utf8')).toBe('{}')
  })
})

describe('contract add says what to do', () => {
  const add = (from: string, service = 'Tickets') => cli('add', from, service, '--idl', join(shop, 'idl'))

  it('about registries, packages, folders and names', async () => {
    await expect(add('zookeper://127.0.0.1:2181')).rejects.toThrow(/unknown scheme zookeper/)
    await expect(add('@acme/nothing')).rejects.toThrow(/npm install @acme\/nothing/)
    await expect(add('./no/such/folder')).rejects.toThrow(/there is no folder/)
    await expect(add(join(shop, 'idl'))).rejects.toThrow(/own folder/)
    await expect(add(owner, 'Tickts')).rejects.toThrow(/did you mean Tickets\?/)
    await expect(add(`${root}test`)).rejects.toThrow(/holds no tsubo.lock.json/)
    expect((await cli('ad')).text).toContain('did you mean "add"?')
    expect((await cli('add', owner)).code).toBe(2)
  })
})
