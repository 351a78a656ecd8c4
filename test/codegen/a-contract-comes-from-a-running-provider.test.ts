import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { run as codegen } from '../../cli/codegen.js'
import { run as contract } from '../../cli/contract.js'
import { type Client, createClient } from '../../runtime/client.js'
import { openRegistry } from '../../runtime/open-registry.js'
import type { Registry } from '../../runtime/registry/registry.js'
import { createServer } from '../../runtime/server.js'
import { contractOf, type Skeleton } from '../../runtime/stub.js'
import { startZooKeeper, type ZooKeeper } from '../../zookeeper/server.js'
import { root } from '../support/child.js'
import { closeAll, closeLater } from '../support/network.js'

/*
 * tickets/ owns a contract and runs a provider; shop/ has nothing but the address of the registry. It brings the contract
 * in, generates, and calls.
 */

// In the repository, so that 'tsubo' is this one.
const folder = `${root}.docs-fetch-${process.pid}`
const [owner, shop] = [join(folder, 'tickets'), join(folder, 'shop')]
let zookeeper: ZooKeeper
let registry: Registry

const write = (path: string, text: string) => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

async function cli(command: (args: string[]) => Promise<number>, ...args: string[]) {
  const printed: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
  const code = await command(args).finally(() => vi.restoreAllMocks())
  return { code, text: printed.join('') }
}
const generate = (project: string) => cli(codegen, '--idl', join(project, 'idl'), '--out', join(project, 'generated'))
const add = (service: string, address = zookeeper.address) =>
  cli(contract, 'add', address, service, '--idl', join(shop, 'idl'))
const load = async (path: string) =>
  (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Record<string, unknown>

interface Methods {
  quote(train: string): Promise<unknown>
  open(): Promise<string>
}
type ClientClass = new (to: Client) => Methods
type SkeletonClass = new () => Skeleton

/** The generated skeletons of the owner, implemented. */
async function implemented(): Promise<{ tickets: Skeleton; desk: Skeleton }> {
  const { TicketsSkeleton } = (await load(join(owner, 'generated/ticket.ts'))) as { TicketsSkeleton: SkeletonClass }
  const { DeskSkeleton } = (await load(join(owner, 'generated/desk.ts'))) as { DeskSkeleton: SkeletonClass }
  class Tickets extends TicketsSkeleton {
    quote(train: string) {
      return { train, price: { amount: '12.50', unit: 'CNY' } }
    }
  }
  class Desk extends DeskSkeleton {
    open() {
      return 'open'
    }
  }
  return { tickets: new Tickets(), desk: new Desk() }
}

beforeAll(async () => {
  zookeeper = await startZooKeeper()
  registry = openRegistry(zookeeper.address)
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  symlinkSync(root, join(folder, 'node_modules/tsubo'))
  write(join(owner, 'package.json'), JSON.stringify({ name: '@acme/tickets', type: 'module' }))
  write(
    join(owner, 'idl/shared/money.d.ts'),
    '/** @package acme */\nexport interface Money { amount: string; unit: string }\n',
  )
  write(
    join(owner, 'idl/ticket.d.ts'),
    `/** @package acme.tickets */
import type { Money } from './shared/money.js'
// Only for people: */ \`\${1}\`
export interface Tickets { quote(train: string): Promise<Quote> }
export interface Quote { /** @field 7 */ train: string; price: Money }
`,
  )
  write(
    join(owner, 'idl/desk.d.ts'),
    '/** @package acme.tickets */\nexport interface Desk { open(): Promise<string> }\n',
  )
  write(join(shop, 'package.json'), JSON.stringify({ name: 'shop', type: 'module' }))
  write(join(shop, 'idl/shop.d.ts'), '/** @package shop */\nexport interface Shop { open(): Promise<string> }\n')
  expect((await generate(owner)).code).toBe(0)
  const { tickets, desk } = await implemented()
  const running = await createServer({ services: [tickets, desk] }).listen({ registry })
  await running.registered
  closeLater(() => running.close(0))
}, 30_000)

afterAll(async () => {
  await closeAll()
  await registry.close()
  await zookeeper.close()
  rmSync(folder, { recursive: true, force: true })
})

test('brought in, generated, called', async () => {
  expect(await add('acme.tickets.Tickets')).toEqual({
    code: 0,
    text: expect.stringMatching(
      /acme-tickets: acme\.tickets\.Tickets of @acme\/tickets, 4 files\nnext: npx tsubo codegen\n$/,
    ),
  })
  const came = join(shop, 'idl/acme-tickets')
  for (const file of ['ticket.d.ts', 'shared/money.d.ts']) {
    expect(readFileSync(join(came, file), 'utf8')).toBe(readFileSync(join(owner, 'idl', file), 'utf8'))
  }
  expect(readFileSync(join(came, 'tsubo.lock.json'), 'utf8')).toContain('"train": 7')
  expect(JSON.parse(readFileSync(join(came, 'tsubo.contract.json'), 'utf8'))).toMatchObject({
    owner: '@acme/tickets',
    from: zookeeper.address,
    services: ['acme.tickets.Tickets'],
  })
  expect((await generate(shop)).code).toBe(0)

  const { TicketsClient } = (await load(join(shop, 'generated/acme-tickets/ticket.ts'))) as {
    TicketsClient: ClientClass
  }
  const client = createClient({ registry, onIncompatible: 'refuse' })
  closeLater(() => client.close(0))
  expect(await new TicketsClient(client).quote('G1')).toEqual({ train: 'G1', price: { amount: '12.50', unit: 'CNY' } })
})

test('a second service of the same owner comes beside the first', async () => {
  expect((await add('Desk')).text).toContain('acme.tickets.Desk, acme.tickets.Tickets of @acme/tickets, 5 files')
  expect((await generate(shop)).code).toBe(0)
})

test('what is not there is said', async () => {
  await expect(add('acme.tickets.Tikets')).rejects.toThrow(
    /there is no service .* did you mean acme\.tickets\.Tickets\?/,
  )
  await expect(add('acme.tickets.Tickets.quote')).rejects.toThrow(/did you mean acme\.tickets\.Tickets\?/)
})

test.each([
  ['a path that leaves the folder', { file: '../../evil.d.ts' }, /names a file "..\/..\/evil\.d\.ts"/],
  ['no owner', { owner: '' }, /without an owner/],
  [
    'another contract than its own',
    { text: 'quote(train: string)', by: 'quote(train: string, seat?: string)' },
    /newer than their numbers|not the one it goes by/,
  ],
  [
    'no contract at all',
    { text: 'export interface Tickets', by: 'export interface Others' },
    /newer than their numbers|doesn't declare it/,
  ],
])('a provider that tells %s is refused, and nothing is written', async (_, lie, says) => {
  const { tickets } = await implemented()
  const { contract: real } = await (tickets[contractOf] as NonNullable<Skeleton[typeof contractOf]>)()
  const told = {
    ...real,
    ...('file' in lie && { file: lie.file }),
    ...('owner' in lie && { owner: lie.owner }),
    ...('text' in lie && { text: real.text.map((line) => line.replace(lie.text, lie.by)) }),
  }
  Object.defineProperty(tickets, contractOf, { value: async () => ({ contract: told }) })
  const running = await createServer({ services: [tickets] }).listen({ host: '127.0.0.1' })
  closeLater(() => running.close(0))
  const before = readFileSync(join(shop, 'idl/acme-tickets/tsubo.contract.json'), 'utf8')
  const added = cli(
    contract,
    'add',
    `static://127.0.0.1:${running.bound.port}`,
    'Tickets',
    '--idl',
    join(shop, 'idl'),
    '--as',
    'other',
  )
  await expect(added.then(({ code, text }) => Promise.reject(new Error(`${code} ${text}`)))).rejects.toThrow(says)
  expect(readFileSync(join(shop, 'idl/acme-tickets/tsubo.contract.json'), 'utf8')).toBe(before)
})
