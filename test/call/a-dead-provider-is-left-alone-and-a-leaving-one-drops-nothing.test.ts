import { spawn } from 'node:child_process'
import { createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { RpcError } from '../../runtime/error.js'
import { createServer as createRpcServer } from '../../runtime/server.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import {
  closeAll,
  closedPort,
  closeLater,
  connectTo,
  echoClient,
  failure,
  provide,
  provideEcho,
  sleep,
} from '../support/network.js'

afterEach(closeAll)

test('a dead address is tried again only with back-off, calls meanwhile fail at once', async () => {
  let connects = 0
  const doorman: Server = createServer((socket) => {
    connects++
    socket.destroy()
  })
  await new Promise<void>((resolve) => doorman.listen(0, '127.0.0.1', resolve))
  closeLater(() => new Promise((resolve) => doorman.close(resolve)))
  const { port } = doorman.address() as { port: number }
  const client = echoClient([port])
  const end = performance.now() + 1000
  let calls = 0
  while (performance.now() < end) {
    await failure(client.echo('x', { timeoutMs: 50 }))
    calls++
  }
  // 100 ms, doubling, minus at most half: 50, 100, 200, 400 ms and so on.
  expect(connects).toBeLessThanOrEqual(7)
  expect(calls).toBeGreaterThan(connects)
})

test('an error about an address in back-off says why and when it is tried again', async () => {
  const port = await closedPort()
  const error = await failure(echoClient([port]).book('x', { timeoutMs: 400 }))
  expect(error.message).toMatch(/127\.0\.0\.1:\d+ can't be reached: connect ECONNREFUSED/)
  expect(error.retryable).toBe(true)
})

test('a provider that comes back is used again without anybody asking for it', async () => {
  const first = await provideEcho()
  const { port } = first.bound
  const client = echoClient([port])
  await client.echo('x')
  await first.close(0)
  expect(await failure(client.book('x', { timeoutMs: 30 }))).toMatchObject({ code: 'unavailable' })
  await provide([new Echo()], {}, port)
  await sleep(700)
  expect(await client.book('back', { timeoutMs: 1000 })).toBe('back')
})

test('close: running calls end, new ones go elsewhere, nothing is lost', async () => {
  const slow = await provideEcho(async (value) => {
    await sleep(100)
    return `slow ${value}`
  })
  const other = await provideEcho((value) => `other ${value}`)
  const client = echoClient([slow.bound.port, other.bound.port])
  const calls: Promise<string>[] = []
  const failed: RpcError[] = []
  let going = true
  const load = (async () => {
    while (going) {
      for (let i = 0; i < 10; i++)
        calls.push(client.book('x').catch((error: RpcError) => `failed: ${failed.push(error)}`))
      await sleep(2)
    }
  })()
  await sleep(150)
  await slow.close()
  const after = calls.length
  await sleep(100)
  going = false
  await load
  const results = await Promise.all(calls)
  expect(failed).toEqual([])
  expect(results).toContain('slow x')
  expect(new Set(results.slice(after))).toEqual(new Set(['other x']))
})

test('close does not wait longer than its grace', async () => {
  const stuck = await provideEcho(() => new Promise(() => {}))
  const call = failure(echoClient([stuck.bound.port]).book('x', { timeoutMs: 5000 }))
  await sleep(50)
  const begin = performance.now()
  await stuck.close(100)
  expect(performance.now() - begin).toBeLessThan(400)
  expect((await call).code).toBe('unavailable')
})

test('closing a client ends what is under way in good order, and its sockets', async () => {
  const { bound } = await provideEcho(async (value) => {
    await sleep(50)
    return value
  })
  const target = connectTo([bound.port])
  const client = new EchoServiceClient(target)
  const call = client.book('x')
  await sleep(10)
  await target.close()
  expect(await call).toBe('x')
  expect(await failure(client.book('y'))).toMatchObject({
    code: 'cancelled',
    message: 'test.EchoService/book: the client is closed',
  })
})

test('a process whose client and server are closed ends by itself', async () => {
  const script = `
    import { createServer, createClient, memory } from 'tsubo'
    import { Echo, EchoServiceClient } from './test/support/echo.ts'
    const registry = memory('m')
    const server = await createServer({ services: [new Echo()] }).listen({ registry })
    const client = createClient({ registry })
    console.log(await new EchoServiceClient(client).echo('good'))
    await client.close()
    await server.close()
    await registry.close()`
  const child = spawn(process.execPath, [
    '--conditions=@tsubo/source',
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    script,
  ])
  let out = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => (out += chunk))
  const code = await new Promise((resolve) => child.once('exit', resolve))
  expect(out).toBe('good\n')
  expect(code).toBe(0)
})

test('the port that is taken is named', async () => {
  const { bound } = await provideEcho()
  await expect(
    createRpcServer({ services: [new Echo()] }).listen({ host: '127.0.0.1', port: bound.port }),
  ).rejects.toThrow(`can't listen on 127.0.0.1:${bound.port}: another process listens there`)
})

test('a one-way call goes out though its client is closed before the socket is connected', async () => {
  const service = new Echo()
  const { bound } = await provide([service])
  const target = connectTo([bound.port])
  const sent = new EchoServiceClient(target).note('last words')
  await sent
  await target.close()
  await sleep(50)
  expect(service.notes).toEqual(['last words'])
})
