import { afterEach, expect, test } from 'vitest'
import type { Call } from '../../runtime/call.js'
import { createClient } from '../../runtime/client.js'
import { framed } from '../../runtime/protocol/framed.js'
import type { Registry } from '../../runtime/registry/registry.js'
import { defineService, type Skeleton, Stub, serviceOf } from '../../runtime/stub.js'
import { dubbo } from '../../runtime/wire/dubbo.js'
import { native } from '../../runtime/wire/native.js'
import type { Wire } from '../../runtime/wire/wire.js'
import { echoCodecs, echoSchema } from '../support/echo.js'
import { closeAll, closeLater, failure, provide, rawServer, until } from '../support/network.js'

afterEach(closeAll)

/** `echo` is `say` in Java, and its service has a package there. */
const named = defineService(
  {
    ...echoSchema,
    name: 'test.Named',
    tags: { java: 'com.theatre.EchoService' },
    methods: echoSchema.methods.map((method) =>
      method.name === 'echo' ? { ...method, tags: { java: 'say' } } : method,
    ),
  },
  echoCodecs,
)

class Named implements Skeleton {
  get [serviceOf]() {
    return named
  }
  echo(value: string, call: Call) {
    return `${value} ${call.service.name} ${call.metadata?.who ?? ''}`
  }
  book(value: string) {
    return value
  }
  note() {}
  async *count() {}
  join() {}
  async *chat() {}
}

function stub(wire: Wire, port: number): Stub {
  const address = { protocol: wire.name, host: '127.0.0.1', port }
  const registry: Registry = {
    name: 'a fixed address',
    loopback: true,
    publish: () => {
      throw new Error('not here')
    },
    watch(service, _as, found) {
      const provider = {
        service,
        addresses: [address],
        weight: 100,
        application: '',
        params: new Map<string, string>(),
      }
      queueMicrotask(() => found({ state: 'found', providers: [provider], stale: false }))
      return () => {}
    },
    async close() {},
  }
  const client = createClient({ registry, protocols: [framed({}, wire)] })
  closeLater(() => client.close(0))
  return new Stub(named, client)
}

test('on Dubbo`s wire and on no other', async () => {
  const { bound } = await provide([new Named()], { protocols: [framed({}, dubbo), framed({}, native)] })
  for (const wire of [dubbo, native]) {
    const answer = await stub(wire, bound.port).call(0, ['hi'], { metadata: { who: 'ann' } })
    expect(answer).toBe('hi test.Named ann')
  }
})

test('the names are what goes over the wire', async () => {
  let sent = ''
  const port = await rawServer((socket) => {
    socket.on('data', (chunk) => {
      sent += chunk.toString('latin1')
    })
  })
  const call = failure(stub(dubbo, port).call(0, ['hi'], { timeoutMs: 300 }) as Promise<unknown>)
  await until(() => sent.includes('timeout'))
  expect(sent).toContain('com.theatre.EchoService\x050.0.0\x03say\x12Ljava/lang/String;\x02hi')
  expect(sent).not.toContain('test.Named')
  expect((await call).code).toBe('deadline_exceeded')
})

test('what streams is refused with a reason, on a connection that lives on', async () => {
  const { bound } = await provide([new Named()], { protocols: [framed({}, dubbo)] })
  const client = stub(dubbo, bound.port)
  const items = client.stream(3, ['3'], undefined) as AsyncIterable<unknown>
  await expect(items[Symbol.asyncIterator]().next()).rejects.toThrow("Dubbo's own wire carries no streams")
  expect(await client.call(1, ['after'], undefined)).toBe('after')
})
