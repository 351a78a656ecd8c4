import { afterEach, expect, test } from 'vitest'
import { type HealthCheckResponse, HealthServiceClient, ServingStatus } from '../../generated/tsubo/health.js'
import { createServer } from '../../runtime/server.js'
import { HealthService } from '../../runtime/services/health.js'
import { Echo } from '../support/echo.js'
import { closeAll, connectTo, provide, until } from '../support/network.js'

afterEach(closeAll)

const offers = [
  { service: new Echo(), group: 'a' },
  { service: new Echo(), group: 'b', version: '1' },
]
const { Serving, NotServing, ServiceUnknown } = ServingStatus

test('check answers for the provider, for a service, and for one of its groups and versions', async () => {
  const running = await provide(offers)
  const health = new HealthServiceClient(connectTo([running.bound.port]))
  const status = async (service?: string) => (await health.check(service === undefined ? {} : { service })).status

  expect(await status()).toBe(Serving)
  expect(await status('')).toBe(Serving)
  expect(await status('test.EchoService')).toBe(Serving)
  expect(await status('test.Echo')).toBe(ServiceUnknown)
  running.offline('a/test.EchoService')
  expect(await status('a/test.EchoService')).toBe(NotServing)
  // It is still offered under its other group.
  expect(await status('test.EchoService')).toBe(Serving)
  running.offline()
  expect([await status('test.EchoService'), await status()]).toEqual([NotServing, NotServing])
})

test('watch tells every change, and ends when the provider does, without holding it up', async () => {
  const running = await provide(offers)
  const health = new HealthServiceClient(connectTo([running.bound.port]))
  const seen: (number | string)[] = []
  let heard = () => {}
  const next = () =>
    new Promise<void>((resolve) => {
      heard = resolve
    })
  const watching = (async () => {
    for await (const { status } of health.watch({ service: 'b/test.EchoService:1' })) {
      seen.push(status)
      heard()
    }
    seen.push('end')
  })()
  const told = async (change: () => void) => {
    const news = next()
    change()
    await news
  }
  await next()
  await told(() => running.offline('test.EchoService'))
  // No news for whoever watches the other one.
  running.weight('a/test.EchoService', 5)
  await told(() => running.online('test.EchoService'))
  const began = performance.now()
  await running.close()
  await watching
  expect(seen).toEqual([Serving, NotServing, Serving, NotServing, 'end'])
  expect(performance.now() - began).toBeLessThan(2000)
})

test('a watch that is left is forgotten, also within the process', async () => {
  let listeners = 0
  const source = {
    status: () => ServiceUnknown,
    listen() {
      listeners++
      return () => listeners--
    },
    ended: false,
  }
  const health = new HealthServiceClient(createServer({ services: [new HealthService(source)] }))
  const watch = health.watch({ service: 'nothing.Here' })[Symbol.asyncIterator]()
  expect(await watch.next()).toEqual({ done: false, value: { status: ServiceUnknown } satisfies HealthCheckResponse })
  expect(listeners).toBe(1)
  await watch.return?.()
  await until(() => listeners === 0)
})

test('a server may offer a health service of its own', async () => {
  class Always extends HealthService {
    override check() {
      return { status: NotServing }
    }
  }
  const source = { status: () => NotServing, listen: () => () => {}, ended: false }
  const server = createServer({ services: [new Always(source)] })
  expect(await new HealthServiceClient(server).check({})).toEqual({ status: NotServing })
})
