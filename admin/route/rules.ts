import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Change } from '../../runtime/rule/administration.js'
import type { AuditAction, RuleContent, RuleIntent } from '../api.js'
import type { AuditLog } from '../audit-log.js'
import type { Inventory } from '../inventory.js'
import { pageForm, pageOfEach } from '../page.js'
import { Problem } from '../problem.js'
import { bodyOf, queryOf } from '../request-body.js'
import type { RuleBook } from '../rule-book.js'
import { kindOf, type RuleDesk } from '../rule-desk.js'
import { atLeast, type Env } from '../who.js'

interface Parts {
  readonly inventory: Inventory
  readonly rules: RuleBook
  readonly desk: RuleDesk
  readonly audit: AuditLog
}

const query = pageForm.extend({
  q: z.string().max(200).default(''),
  kind: z.enum(['tag-router', 'condition-router', 'configurators']).optional(),
})
const text = z.string().max(131_072)
const form = z.record(z.string().max(256), z.unknown())
const revision = z.string().max(64)
const content = z.union([z.strictObject({ text }), z.strictObject({ form })], { error: 'is {"text"} or {"form"}' })
const save = z.union([z.strictObject({ text, expected: revision }), z.strictObject({ form, expected: revision })], {
  error: 'is {"text", "expected"} or {"form", "expected"}',
})
const rollback = z.strictObject({ revision: revision.optional(), expected: revision })
const part = z.string().max(1000)
const service = z.strictObject({ name: part, group: part.optional(), version: part.optional() })
const intent = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('weight'),
    service,
    address: part,
    weight: z.number().int().min(0).max(999_999_999),
  }),
  z.strictObject({ action: z.enum(['enable', 'disable']), service, address: part }),
])

/** Rules: what there is, trying, writing, taking back, and who goes by them. */
export function ruleRoutes({ inventory, rules, desk, audit }: Parts): Hono<Env> {
  const app = new Hono<Env>()

  app.get('/rules', (c) => {
    const { q, kind, ...part } = queryOf(c, query)
    const wanted = q.toLowerCase()
    const found = rules.rules.filter(
      (each) => (kind === undefined || each.kind === kind) && each.key.toLowerCase().includes(wanted),
    )
    return c.json(pageOfEach(found, part, inventory.revision, desk.row))
  })

  app.post('/rules/draft', async (c) => c.json(await desk.draft((await bodyOf(c, intent)) as RuleIntent)))

  /** The rule's key in the path. */
  const keyIn = (c: Context<Env>): string => {
    const key = c.req.param('key') ?? ''
    kindOf(key)
    return key
  }
  const detail = async (c: Context<Env>, key: string) => {
    const found = await desk.detail(key)
    if (!found) throw new Problem('not_found', `there is no ${key}`)
    return c.json(found)
  }
  /** Nothing is changed without a line in the audit log: refused tries have one, too. */
  const audited = async (
    c: Context<Env>,
    action: AuditAction,
    key: string,
    work: () => Promise<Change>,
  ): Promise<Change> => {
    const { name: user, host } = c.get('who')
    await audit.check()
    let change: Change
    try {
      change = await work()
    } catch (error) {
      await audit.record({ user, host, action, target: key, outcome: `refused: ${(error as Error).message}` })
      throw error instanceof Problem && error.code === 'conflict' ? await conflict(error, key) : error
    }
    const { before, after, changed } = change
    await audit.record({
      user,
      host,
      action,
      target: key,
      before,
      after,
      outcome: changed ? 'done' : 'nothing to change',
    })
    return change
  }
  const conflict = async (error: Problem, key: string): Promise<Problem> => {
    const now = await desk.detail(key).catch(() => undefined)
    return new Problem('conflict', error.message, { revision: now?.revision ?? 'none' })
  }

  app.get('/rules/:key', (c) => detail(c, keyIn(c)))
  app.post('/rules/:key/preview', async (c) =>
    c.json(await desk.preview(keyIn(c), (await bodyOf(c, content)) as RuleContent)),
  )
  app.get('/rules/:key/history', async (c) => c.json(await desk.history(keyIn(c))))
  app.get('/rules/:key/delivery', async (c) => c.json(await desk.delivery(keyIn(c))))

  app.put('/rules/:key', atLeast('operator'), async (c) => {
    const key = keyIn(c)
    const { expected, ...what } = await bodyOf(c, save)
    await audited(c, 'rule.save', key, () => desk.change(key, what as RuleContent, expected))
    return detail(c, key)
  })

  app.delete('/rules/:key', atLeast('operator'), async (c) => {
    const key = keyIn(c)
    const { expected } = queryOf(c, z.object({ expected: revision }))
    await audited(c, 'rule.delete', key, () => desk.change(key, undefined, expected))
    return c.body(null, 204)
  })

  app.post('/rules/:key/rollback', atLeast('operator'), async (c) => {
    const key = keyIn(c)
    const { revision, expected } = await bodyOf(c, rollback)
    const { revision: now } = await audited(c, 'rule.rollback', key, () => desk.rollBack(key, revision, expected))
    return now === 'none' ? c.body(null, 204) : detail(c, key)
  })
  return app
}
