import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createClient } from '../../runtime/client.js'
import type { RpcError } from '../../runtime/error.js'
import { framed } from '../../runtime/protocol/framed.js'
import type { ConnectionOptions } from '../../runtime/protocol/protocol.js'
import type { Registry } from '../../runtime/registry/registry.js'
import { dubbo } from '../../runtime/wire/dubbo.js'
import { native } from '../../runtime/wire/native.js'
import type { Wire } from '../../runtime/wire/wire.js'
import { Echo, type EchoHandler, EchoServiceClient } from '../support/echo.js'
import { closeAll, closedPort, closeLater, failure, provide, rawServer, sleep, until } from '../support/network.js'

afterEach(closeAll)

/** A fixed list of addresses of one protocol. */
function at(protocol: string, ports: readonly number[]): Registry {
  const providers = ports.map((port) => ({ protocol, host: '127.0.0.1', port }))
  return {
    name: 'a fixed list',
    loopback: true,
    publish: () => {
      throw new Error('not here')
    },
    watch(service, _as, found) {
      const all = providers.map((address) => {
        return { service, addresses: [address], weight: 100, application: '', params: new Map<string, string>() }
      })
      queueMicrotask(() => found({ state: 'found', providers: all, stale: false }))
      return () => {}
    },
    async close() {},
  }
}

describe.each<[string, Wire]>([
  ['native', native],
  ['dubbo', dubbo],
])('%s', (_name, wire) => {
  const serve = (answer?: EchoHandler, options: Partial<ConnectionOptions> = {}) =>
    provide([new Echo(answer)], { protocols: [framed(options, wire)], onError() {} })

  function client(ports: readonly number[], options: Partial<ConnectionOptions> = {}): EchoServiceClient {
    const made = createClient({ registry: at(wire.name, ports), protocols: [framed(options, wire)] })
    closeLater(() => made.close(0))
    return new EchoServiceClient(made)
  }

  test('500 calls at once, answered out of order, each by its own reply', async () => {
    const { bound } = await serve(async (value) => {
      await sleep(Number(value) % 15)
      return `re: ${value}`
    })
    const echo = client([bound.port])
    const replies = await Promise.all(Array.from({ length: 500 }, (_, i) => echo.echo(String(i), { timeoutMs: 9000 })))
    expect(replies).toEqual(Array.from({ length: 500 }, (_, i) => `re: ${i}`))
  })

  test('text of any kind', async () => {
    const echo = client([(await serve()).bound.port])
    for (const text of ['', 'good', '在注册中心拿 🎫', 'é'.repeat(20_000)]) expect(await echo.echo(text)).toBe(text)
  })

  test('a one-way call arrives and nobody answers', async () => {
    const service = new Echo()
    const { bound } = await provide([service], { protocols: [framed({}, wire)] })
    await client([bound.port]).note('seen')
    await until(() => service.notes.length === 1)
  })

  test('an argument that does not fit leaves its neighbours alone', async () => {
    const echo = client([(await serve()).bound.port])
    const all = await Promise.allSettled([echo.echo('a'), echo.echo(7 as never), echo.echo('b')])
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  test('an error of the handler arrives', async () => {
    const echo = client([(await serve(() => Promise.reject(new Error('secret')))).bound.port])
    expect((await failure(echo.book('x'))).message).toBe('test.EchoService/book failed on the provider')
  })

  test('a method that is not there is refused before anything ran, so others are asked', async () => {
    const wrong = await provide([{ service: new Echo(), group: 'other' }], { protocols: [framed({}, wire)] })
    const right = await serve()
    const echo = client([wrong.bound.port, right.bound.port])
    for (let i = 0; i < 10; i++) expect(await echo.book('x')).toBe('x')
  })

  test('a deadline ends the call on both sides', async () => {
    let aborted = false
    const { bound } = await serve((_value, call) => {
      call.signal.addEventListener('abort', () => {
        aborted = true
      })
      return new Promise(() => {})
    })
    expect((await failure(client([bound.port]).book('x', { timeoutMs: 60 }))).code).toBe('deadline_exceeded')
    await until(() => aborted)
  })

  test('a provider that closes lets running calls end and drops nothing', async () => {
    const leaving = await serve(async (value) => {
      await sleep(60)
      return value
    })
    const staying = await serve()
    const echo = client([leaving.bound.port, staying.bound.port])
    const calls: Promise<string | RpcError>[] = []
    const load = setInterval(() => calls.push(echo.book('x').catch((error: RpcError) => error)), 2)
    await sleep(100)
    await leaving.close()
    await sleep(50)
    clearInterval(load)
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['x']))
  })

  test('heartbeats keep an idle connection and end a silent one', async () => {
    const { bound } = await serve(undefined, { keepaliveMs: 30 })
    const echo = client([bound.port], { keepaliveMs: 30 })
    await echo.echo('x')
    await sleep(250)
    expect(await echo.echo('y')).toBe('y')
    const silent = client([await rawServer(() => {})], { keepaliveMs: 30 })
    const error = await failure(silent.book('x', { timeoutMs: 2000 }))
    expect(error.message).toMatch(/no sign of life/)
  })

  test('garbage costs its connection only, and a refused address nothing', async () => {
    const { bound } = await serve()
    const echo = client([await closedPort(), bound.port])
    expect(await echo.book('before')).toBe('before')
    const socket = connect(bound.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET / HTTP/1.1\r\n\r\n')
    await new Promise((resolve) => socket.once('close', resolve))
    expect(await echo.book('after')).toBe('after')
  })

  test('a frame over the limit is refused', async () => {
    const { bound } = await serve(undefined, { maxFrameBytes: 4096 })
    const echo = client([bound.port])
    await echo.echo('x')
    await expect(echo.book('x'.repeat(10_000))).rejects.toThrow()
    await sleep(120)
    expect(await echo.echo('after')).toBe('after')
  })
})

test('one port speaks both, and each client its own', async () => {
  const { bound } = await provide([new Echo()], { protocols: [framed(), framed({}, dubbo)] })
  for (const wire of [native, dubbo]) {
    const made = createClient({ registry: at(wire.name, [bound.port]), protocols: [framed({}, wire)] })
    closeLater(() => made.close(0))
    expect(await new EchoServiceClient(made).echo(wire.name)).toBe(wire.name)
  }
})
