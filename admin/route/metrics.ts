import { Hono } from 'hono'
import { z } from 'zod'
import type { MetricsQuery } from '../api.js'
import type { FigureSource } from '../figures.js'
import { queryOf } from '../request-body.js'
import type { Env } from '../who.js'

const only = z.string().max(512).optional()
const query = z.object({
  metric: z.enum(['calls', 'errors', 'p50', 'p99', 'mean', 'concurrent']),
  by: z.enum(['service', 'method', 'side', 'application', 'instance', 'peer', 'code']).optional(),
  service: only,
  method: only,
  side: z.enum(['consumer', 'provider']).optional(),
  application: only,
  instance: only,
  peer: only,
  from: z.string().max(40).optional(),
  to: z.string().max(40).optional(),
})

/** Curves over time. */
export function metricsRoutes(figures: FigureSource): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/metrics', async (c) => c.json(await figures.series(queryOf(c, query) as MetricsQuery)))
  return app
}
