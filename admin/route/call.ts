import { type Context, Hono } from 'hono'
import { stream } from 'hono/streaming'
import { z } from 'zod'
import type { ListedProvider } from '../../runtime/registry/catalog.js'
import { serviceKey } from '../../runtime/service-key.js'
import type { InvokeRequest, InvokeResult, StreamLine } from '../api.js'
import type { AuditLog } from '../audit-log.js'
import type { Contracts } from '../contracts.js'
import { addressOf, type Inventory } from '../inventory.js'
import { Problem } from '../problem.js'
import { bodyOf, queryOf } from '../request-body.js'
import { prepareCall, type TrialCall } from '../trial-call.js'
import { atLeast, type Env } from '../who.js'

interface Parts {
  readonly inventory: Inventory
  readonly contracts: Contracts
  readonly audit: AuditLog
}

const part = z.string().max(256).optional()
const contractQuery = z.object({ group: part, version: part })
const request = z.strictObject({
  method: z.string().max(256),
  group: part,
  version: part,
  args: z.array(z.unknown()).max(100),
  items: z.array(z.unknown()).max(1000).optional(),
  provider: z.string().max(300).optional(),
  timeoutMs: z.number().int().min(1).max(60_000).optional(),
  metadata: z
    .record(z.string().regex(/^[a-z0-9._-]{1,128}$/, { error: 'names are of a-z 0-9 . _ -' }), z.string().max(4096))
    .refine((all) => Object.keys(all).length <= 64, { error: 'has at most 64 entries' })
    .refine((all) => !Object.keys(all).some((name) => name.endsWith('-bin')), { error: 'is text only here' })
    .optional(),
})
const maxAtOnce = 32

/** Contracts, and calls that are tried by them. */
export function callRoutes({ inventory, contracts, audit }: Parts): Hono<Env> {
  const app = new Hono<Env>()
  let running = 0

  /** Those who provide a service under a key, or under whichever comes first. */
  const providersOf = (name: string, key: z.infer<typeof contractQuery>): readonly ListedProvider[] => {
    const service = inventory.get(name)
    if (!service) throw new Problem('not_found', 'the registry has no place for such a service')
    const { group, version } = key
    if (group !== undefined && version !== undefined) {
      const wanted = serviceKey(name, group, version)
      return service.providers.filter((provider) => provider.service === wanted)
    }
    const fits = service.providers.filter(
      ({ service: { group: g = '', version: v = '' } }) =>
        (group === undefined || g === group) && (version === undefined || v === version),
    )
    const first = fits.find(({ enabled }) => enabled) ?? fits[0]
    return fits.filter((provider) => provider.service === first?.service)
  }

  app.get('/services/:name/contract', async (c) => {
    return c.json(await contracts.of(providersOf(c.req.param('name'), queryOf(c, contractQuery))))
  })

  const prepared = async (c: Context<Env>): Promise<TrialCall & { readonly target: string }> => {
    const name = c.req.param('name') ?? ''
    const asked = await bodyOf(c, request)
    const all = providersOf(name, asked)
    const { provider } = asked
    // Only who is registered is called: nobody is sent elsewhere from here.
    const chosen = provider === undefined ? all : all.filter((each) => addressOf(each) === provider)
    if (chosen.length === 0) {
      throw provider === undefined
        ? new Problem('not_found', 'nobody provides it under that group and version')
        : new Problem('invalid', `${provider.slice(0, 100)} is not registered for it`, { field: 'provider' })
    }
    const contract = await contracts.of(chosen)
    if (contract.state !== 'found') {
      throw new Problem('unavailable', `without its contract it can't be called from here: ${contract.reason}`)
    }
    await audit.check()
    if (running >= maxAtOnce) {
      throw new Problem('too_many', `${maxAtOnce} calls are under way; try again`, { retryAfterMs: 1000 })
    }
    const hash = contract.schema.hash
    const same = chosen.filter((each) => (each.params.get('contract') ?? hash) === hash)
    const callable =
      same.some(({ enabled }) => enabled) && provider === undefined ? same.filter((p) => p.enabled) : same
    const call = prepareCall(
      contract.schema,
      callable.length > 0 ? callable : chosen,
      asked as InvokeRequest,
      inventory.status.name,
    )
    return { ...call, target: `${name}.${call.method.name}` }
  }
  /** One at a time counts, and each is in the audit log: who called what, and what came of it, not with what. */
  const made = async (c: Context<Env>, target: string, run: () => Promise<InvokeResult>): Promise<InvokeResult> => {
    const { name: user, host } = c.get('who')
    running++
    try {
      const result = await run()
      const { error, provider } = result
      const outcome = error ? `${error.code}: ${error.message}` : 'done'
      await audit.record({ user, host, action: 'call', target, ...(provider && { after: `at ${provider}` }), outcome })
      return result
    } finally {
      running--
    }
  }

  app.post('/services/:name/invoke', atLeast('operator'), async (c) => {
    const { run, target } = await prepared(c)
    return c.json(await made(c, target, () => run(c.req.raw.signal)))
  })

  app.post('/services/:name/stream', atLeast('operator'), async (c) => {
    const { run, target, method } = await prepared(c)
    if (method.kind !== 'server' && method.kind !== 'bidi') {
      throw new Problem('invalid', `${method.name} streams nothing out; POST it to /invoke`, { field: 'method' })
    }
    c.header('Content-Type', 'application/x-ndjson')
    c.header('X-Accel-Buffering', 'no')
    return stream(c, async (out) => {
      const gone = new AbortController()
      out.onAbort(() => gone.abort())
      const { session } = c.get('who')
      const signal = AbortSignal.any([gone.signal, session.ended])
      const line = (each: StreamLine) => out.writeln(JSON.stringify(each))
      const item = async (value: unknown, atMs: number) => void (await line({ kind: 'item', value, atMs }))
      const { value: _, ...result } = await made(c, target, () => run(signal, item))
      await line({ kind: 'end', result })
    })
  })
  return app
}
