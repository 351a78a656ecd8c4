import { readFileSync } from 'node:fs'
import { createClient, createServer, openRegistry } from 'tsubo'
import { startZooKeeper } from 'tsubo/testing'
import { expect, it } from 'vitest'
import { Tickets } from '../../examples/ticket/tickets.js'
import { Users } from '../../examples/ticket/users.js'
import { TicketServiceClient } from '../../generated/ticket.js'
import { replaceRule } from '../../runtime/rule/history.js'
import { root } from '../support/child.js'

/** The rows of "Every node that tsubo creates": a path with <placeholders>, and the kind of node. */
function documented(): { readonly pattern: RegExp; readonly kind: string }[] {
  const text = readFileSync(`${root}docs/zookeeper.md`, 'utf8')
  return [
    ...text.matchAll(/^\| `(\/dubbo[^`]*)` \| (persistent|ephemeral), (?:no data|YAML|JSON|no data or JSON) \|/gm),
  ].map(([, path, kind]) => ({
    pattern: new RegExp(`^${path?.replace(/<\w+>/g, '[^/]+')}$`),
    kind: kind ?? '',
  }))
}

it('every node that providers, consumers and operators create is in docs/zookeeper.md, and everything there is created', async () => {
  const server = await startZooKeeper()
  const created = new Map<string, string>()
  const all: string[] = []
  server.script = ({ op, path = '' }) => {
    if (/^(create|multi|set)/.test(op) && !/^setWatches/.test(op)) all.push(`${op} ${path}`)
    return undefined
  }
  const registry = openRegistry(server.address)
  const provider = await createServer({ services: [new Tickets()] }).listen({ registry })
  await provider.registered
  const client = createClient({ registry })
  const consumer = await createServer({ services: [new Users(new TicketServiceClient(client))] }).listen({ registry })
  await consumer.registered
  await new TicketServiceClient(client).getTicket()
  await expect.poll(() => server.sessions.flatMap(({ ephemerals }) => ephemerals)).toHaveLength(3)

  // As `tsubo rule set` does, which is the only one to write there.
  if (registry.ruleStore) await replaceRule(registry.ruleStore, 'none.tag-router', undefined, Buffer.from('tags: []'))

  const ephemerals = new Set(server.sessions.flatMap((session) => session.ephemerals))
  for (const each of all) {
    const [op, path = ''] = each.split(' ')
    expect(op).toBe('create')
    created.set(path, ephemerals.has(path) ? 'ephemeral' : 'persistent')
  }
  const rows = documented()
  for (const [path, kind] of created) {
    expect(new Set(rows.filter(({ pattern }) => pattern.test(path)).map((row) => row.kind)), path).toEqual(
      new Set([kind]),
    )
  }
  for (const { pattern } of rows)
    expect(
      [...created.keys()].some((path) => pattern.test(path)),
      `${pattern}`,
    ).toBe(true)
  await Promise.all([client.close(), consumer.close(), provider.close()])
  await registry.close()
  await server.close()
})
