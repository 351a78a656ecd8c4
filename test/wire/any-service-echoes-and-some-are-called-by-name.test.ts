import { afterEach, describe, expect, test } from 'vitest'
import { createClient } from '../../runtime/client.js'
import { type DubboOptions, dubbo, GenericClient, JavaObject } from '../../runtime/dubbo.js'
import { RpcError } from '../../runtime/error.js'
import { staticRegistry } from '../../runtime/registry/static.js'
import type { ServerOptions } from '../../runtime/server.js'
import { Stub } from '../../runtime/stub.js'
import { namelessService } from '../../runtime/wire/dubbo-service.js'
import { Echo, type EchoHandler } from '../support/echo.js'
import { closeAll, closeLater, failure, provide } from '../support/network.js'

afterEach(closeAll)

async function open(answer?: EchoHandler, options: DubboOptions = {}, more: Partial<ServerOptions> = {}) {
  const { bound } = await provide([new Echo(answer)], { protocols: [dubbo(options)], onError() {}, ...more })
  const client = createClient({ registry: staticRegistry(`dubbo://127.0.0.1:${bound.port}`) })
  closeLater(() => client.close(0))
  return Object.assign(new GenericClient(client, 'test.EchoService'), { to: client })
}

describe('$echo', () => {
  test('comes back as it went, whatever it is', async () => {
    const client = await open()
    const shared = ['x']
    for (const value of [
      'hey',
      null,
      7n,
      new Map<unknown, unknown>([[1, [new Date(5), Uint8Array.of(1)]]]),
      new JavaObject('com.miao.Seat', Object.assign(Object.create(null), { row: 5 })),
      [shared, shared],
    ]) {
      expect(await client.echo(value)).toEqual(value)
    }
  })

  test('of a service that is not there is refused', async () => {
    const { bound } = await provide([new Echo()], { protocols: [dubbo()] })
    const client = createClient({ registry: staticRegistry(`dubbo://127.0.0.1:${bound.port}`) })
    closeLater(() => client.close(0))
    const error = await failure(new GenericClient(client, 'test.Nobody').echo('x'))
    expect(error).toMatchObject({ code: 'unimplemented', message: 'test.Nobody is not provided here' })
  })

  test('what can`t be written is the caller`s error', async () => {
    const client = await open()
    const circle: unknown[] = []
    circle.push(circle)
    expect((await failure(client.echo(circle))).code).toBe('invalid_argument')
    expect((await failure(client.echo(() => 1))).code).toBe('invalid_argument')
  })
})

describe('$invoke', () => {
  test('is off where nobody switched it on', async () => {
    const error = await failure((await open()).invoke('echo', ['java.lang.String'], ['x']))
    expect(error.code).toBe('unimplemented')
    expect(error.message).toContain('generic calls are switched off here')
  })

  test('calls a method by its name', async () => {
    const client = await open((value) => `re: ${value}`, { generic: true })
    expect(await client.invoke('echo', ['java.lang.String'], ['x'])).toBe('re: x')
  })

  test('an error names its class', async () => {
    const fail = () => {
      throw new RpcError('resource_exhausted', 'too much')
    }
    const error = await failure((await open(fail, { generic: true })).invoke('echo', ['java.lang.String'], ['x']))
    expect(error).toMatchObject({ message: 'too much', details: { exception: 'org.apache.dubbo.rpc.RpcException' } })
  })

  test.each(['nope', '$invoke', '__proto__', 'constructor', 'toString', 'then', 'valueOf'])(
    'a method that is not there: %s',
    async (method) => {
      expect((await failure((await open(undefined, { generic: true })).invoke(method, [], []))).code).toBe(
        'unimplemented',
      )
    },
  )

  test('arguments are held to the contract', async () => {
    const client = await open(undefined, { generic: true })
    expect((await failure(client.invoke('echo', [], []))).message).toContain('takes 1 arguments, not 0')
    expect((await failure(client.invoke('echo', ['int'], [[1]]))).message).toContain('expected a string')
  })

  test.each(['bean', 'nativejava', 'raw.return', 'gson', 'protobuf-json', ''])(
    'generic=%s is refused',
    async (generic) => {
      const { to } = await open(undefined, { generic: true })
      const stub = new Stub(namelessService('test.EchoService'), to)
      const call = stub.call(0, ['echo', ['java.lang.String'], ['x']], { metadata: { generic } })
      expect((await failure(call)).message).toContain('is not spoken here; generic="true" is')
    },
  )

  test('who may call is asked first, for the method that is meant', async () => {
    const asked: string[] = []
    const client = await open(
      undefined,
      { generic: true },
      {
        authorize: (_principal, { name }) => {
          asked.push(name)
          return name === 'echo' || 'no'
        },
      },
    )
    expect(await client.invoke('echo', ['java.lang.String'], ['x'])).toBe('x')
    expect((await failure(client.invoke('book', ['java.lang.String'], ['x']))).message).toContain('refused')
    expect(asked).toEqual(['echo', 'book'])
  })
})
