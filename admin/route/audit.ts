import { Hono } from 'hono'
import { z } from 'zod'
import type { AuditEntry } from '../api.js'
import type { AuditLog } from '../audit-log.js'
import { pageForm, pageOf } from '../page.js'
import { queryOf } from '../request-body.js'
import { atLeast, type Env } from '../who.js'

const query = pageForm.extend({
  q: z.string().max(200).default(''),
  user: z.string().max(64).optional(),
  action: z.string().max(64).optional(),
})

export function auditRoutes(audit: AuditLog): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/audit', atLeast('operator'), (c) => {
    const { q, user, action, ...part } = queryOf(c, query)
    const wanted = q.toLowerCase()
    const entries = audit
      .entries()
      .filter(
        (each: AuditEntry) =>
          (user === undefined || each.user === user) &&
          (action === undefined || each.action === action) &&
          (wanted === '' || `${each.target}\n${each.user}\n${each.action}`.toLowerCase().includes(wanted)),
      )
    return c.json(pageOf(entries, part, 0))
  })
  return app
}
