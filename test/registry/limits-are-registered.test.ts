import { afterEach, expect, it } from 'vitest'
import { concurrency } from '../../runtime/guards/concurrency.js'
import { rateLimit } from '../../runtime/guards/rate-limit.js'
import { memory } from '../../runtime/registry/memory.js'
import { createServer, type ServerOptions } from '../../runtime/server.js'
import { serviceKey } from '../../runtime/service-key.js'
import { defineService, serviceOf } from '../../runtime/stub.js'
import { Echo, echoCodecs, echoSchema } from '../support/echo.js'
import { closeAll, closeLater } from '../support/network.js'

afterEach(closeAll)

const { name } = echoSchema
const methods = echoSchema.methods.map((method) => method.name)

/** What a provider registers about its limits. */
async function registered(
  options: Partial<ServerOptions>,
  service: Readonly<Record<string, string>> = {},
  perMethod: (method: string) => Readonly<Record<string, string>> = () => ({}),
): Promise<Record<string, string>> {
  const tagged = echoSchema.methods.map((each) => ({ ...each, tags: { ...each.tags, ...perMethod(each.name) } }))
  const schema = { ...echoSchema, tags: { ...echoSchema.tags, ...service }, methods: tagged }
  const echo = Object.defineProperty(new Echo(), serviceOf, { value: defineService(schema, echoCodecs) })
  const registry = memory(`limits-${Math.random()}`)
  closeLater(() => registry.close())
  const running = await createServer({ ...options, services: [echo] }).listen({ registry })
  closeLater(() => running.close(0))
  const params = await new Promise<ReadonlyMap<string, string>>((found) => {
    const stop = registry.watch(serviceKey(name), { application: 'web' }, (discovery) => {
      const one = discovery.state === 'found' ? discovery.providers[0] : undefined
      if (one) found(one.params)
    })
    closeLater(async () => stop())
  })
  return Object.fromEntries([...params].filter(([each]) => each.endsWith('executes')))
}

it('registers as `executes` what holds for the whole service: of the contract and of code, the lower one', async () => {
  expect(await registered({})).toEqual({})
  expect(await registered({ limits: [rateLimit(5)] })).toEqual({})
  expect(await registered({}, { executes: '12' })).toEqual({ executes: '12' })
  expect(await registered({ limits: [concurrency(20)] }, { executes: '12' })).toEqual({ executes: '12' })
  expect(await registered({ methods: { [name]: { limits: [concurrency(7)] } } }, { executes: '12' })).toEqual({
    executes: '7',
  })
})

it('registers as `<method>.executes` what methods have of their own', async () => {
  expect(await registered({}, { executes: '12' }, (m) => (m === 'echo' ? { executes: '3' } : {}))).toEqual({
    executes: '12',
    'echo.executes': '3',
  })
  expect(await registered({}, { executes: '12' }, (m) => (m === 'echo' ? { executes: '0' } : {}))).toEqual({
    executes: '12',
    'echo.executes': '0',
  })
  expect(await registered({ methods: { [`${name}/echo`]: { limits: [concurrency(9)] } } })).toEqual({
    'echo.executes': '9',
  })
  expect(await registered({}, {}, () => ({ executes: '2' }))).toEqual(
    Object.fromEntries(methods.map((method) => [`${method}.executes`, '2'])),
  )
})
