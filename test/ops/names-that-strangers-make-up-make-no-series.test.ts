import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { createMetrics } from '../../ops/index.js'
import { createClient } from '../../runtime/client.js'
import { failfast } from '../../runtime/cluster/failover.js'
import { defineService } from '../../runtime/codegen.js'
import { dubbo, GenericClient } from '../../runtime/dubbo.js'
import { framed } from '../../runtime/protocol/framed.js'
import { staticRegistry } from '../../runtime/registry/static.js'
import { createServer, type Server } from '../../runtime/server.js'
import { Stub } from '../../runtime/stub.js'
import { Echo, EchoServiceClient, echoCodecs, echoSchema } from '../support/echo.js'
import { frame, kinds, message, Wire } from '../support/frames.js'
import { closeAll, closeLater, failure, until } from '../support/network.js'
import { figure, promtool, readExposition } from '../support/prometheus.js'
import '../support/property-seed.js'

afterEach(closeAll)

const count = 1000

/** What nobody provides, with whatever signs there are: half of it as a service, half of it as a method of one that is here. */
function madeUp(): { readonly service: string; readonly method: string }[] {
  const name = fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), fc.stringMatching(/^[a-z]{1,20}$/))
  const evil = [
    '__proto__',
    'constructor',
    'toString',
    '_OTHER',
    '"} 1\nforged 2\n',
    '$invoke',
    ' ',
    '\0',
    'echo ',
    'ECHO',
  ]
  const names = [...evil, ...fc.sample(name, count - evil.length)].map((each) => (each === 'echo' ? 'ohce' : each))
  return names.map((each, i) =>
    i % 2 === 0 ? { service: 'test.EchoService', method: each } : { service: each, method: 'echo' },
  )
}

/** All series of a server, each with its name and labels, without its value. */
function seriesOf(server: Server): Set<string> {
  const metrics = createMetrics({ servers: [server], names: 'both' })
  const text = metrics.read()
  metrics.close()
  readExposition(text)
  expect(promtool(text) ?? '').not.toContain('error')
  return new Set(text.split('\n').map((line) => (line.startsWith('#') ? line : line.replace(/ \S+$/, ''))))
}

async function open() {
  const server = createServer({
    application: 'echo',
    services: [new Echo()],
    protocols: [framed(), dubbo({ generic: true })],
    onError() {},
  })
  const running = await server.listen({ host: '127.0.0.1' })
  closeLater(() => running.close(0))
  const { port } = running.bound
  const client = createClient({ registry: staticRegistry(`dubbo://127.0.0.1:${port}`), policy: failfast() })
  closeLater(() => client.close(0))
  // What one stranger's request makes of its own, and what a real call does.
  await new EchoServiceClient(client).echo('x')
  await failure(new GenericClient(client, 'nobody').echo('x'))
  return { server, port, client, before: seriesOf(server) }
}

/** Asserts that `asked` more requests were counted, all of them under one name, and that there is nothing else than before. */
async function counted(server: Server, before: ReadonlySet<string>, asked: number) {
  await until(() => server.counts.of('_OTHER', '_OTHER')?.calls === asked + 1)
  expect([...seriesOf(server)].filter((each) => !before.has(each))).toEqual([])
  expect(server.counts.methods.map(({ service, method }) => `${service.name}/${method}`)).toEqual([
    'test.EchoService/echo',
    '_OTHER/_OTHER',
  ])
}

test('names on the native wire', async () => {
  const { server, port, before } = await open()
  const wire = Wire.to(port)
  wire.send(frame(kinds.hello, { body: message([[1, 1]]) }))
  for (const [method, name] of madeUp().entries()) {
    const body = message([
      [1, name.service],
      [2, name.method],
    ])
    const request = frame(kinds.request, { id: method + 1, method, body: message([[1, 'x']]) })
    wire.send(frame(kinds.declare, { method, body }), request)
  }
  await counted(server, before, count)
  await until(() => wire.got.filter(({ kind }) => kind === kinds.error).length === count)
  wire.socket.destroy()
})

test("names on Dubbo's wire", async () => {
  const { server, client, before } = await open()
  const [echo] = echoSchema.methods
  if (!echo) throw new Error('no method')
  const errors = await Promise.all(
    madeUp().map(({ service, method }) => {
      const contract = { ...echoSchema, name: service, methods: [{ ...echo, name: method }] }
      const stub = new Stub(defineService(contract, echoCodecs.slice(0, 1)), client, { timeoutMs: 20_000 })
      return failure(stub.call(0, ['x'], undefined) as Promise<unknown>)
    }),
  )
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['unimplemented']))
  await counted(server, before, count)
})

test('names in generic calls ($invoke)', async () => {
  const { server, client, before } = await open()
  const errors = await Promise.all(
    madeUp().map(({ service, method }) =>
      failure(new GenericClient(client, service, { timeoutMs: 20_000 }).invoke(method, ['java.lang.String'], ['x'])),
    ),
  )
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['unimplemented']))
  await counted(server, before, count)
  const metrics = createMetrics({ servers: [server] })
  const families = readExposition(metrics.read())
  metrics.close()
  const other = { rpc_method: '_OTHER', rpc_status_code: 'UNIMPLEMENTED' }
  expect(figure(families, 'rpc_server_call_duration_seconds_count', other)).toBe(count + 1)
})
