import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createOps, type OpsOptions, type RunningOps } from '../../ops/index.js'
import { createServer } from '../../runtime/server.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, closedPort, closeLater, connectTo, until } from '../support/network.js'
import { readExposition } from '../support/prometheus.js'

afterEach(closeAll)

const token = 'a-token-of-some-length'

async function open(options: OpsOptions = {}): Promise<RunningOps> {
  const ops = await createOps(options).listen()
  closeLater(() => ops.close())
  return ops
}

async function provider(ready?: Promise<unknown>) {
  const server = createServer({ application: 'echo-server', services: [new Echo()] })
  const running = await server.listen({ host: '127.0.0.1', ...(ready && { ready }) })
  closeLater(() => running.close(0))
  return { server, running }
}

interface Reply {
  readonly status: number
  readonly body: string
  readonly headers: IncomingHttpHeaders
}

function ask(
  ops: RunningOps,
  path: string,
  method = 'GET',
  headers: Record<string, string> = {},
  body = '',
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: ops.port, path, method, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }))
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

test('probes tell whether it lives, has started and takes calls, under both names', async () => {
  let go: (value?: unknown) => void = () => {}
  const { server, running } = await provider(
    new Promise((resolve) => {
      go = resolve
    }),
  )
  const ops = await open({ servers: [server] })
  const statuses = async () => {
    const paths = ['/livez', '/live', '/startupz', '/startup', '/readyz', '/ready']
    return (await Promise.all(paths.map((path) => ask(ops, path)))).map(({ status }) => status)
  }
  expect(await statuses()).toEqual([200, 200, 503, 503, 503, 503])
  expect((await ask(ops, '/readyz')).body).toBe("echo-server isn't\n")
  go()
  await until(() => running.ready)
  expect(await statuses()).toEqual([200, 200, 200, 200, 200, 200])
  await running.close(0)
  expect((await ask(ops, '/readyz')).status).toBe(503)
  expect((await ask(ops, '/livez')).status).toBe(200)
})

test('a process that only calls others is ready', async () => {
  expect((await ask(await open({ clients: [connectTo([await closedPort()])] }), '/readyz')).status).toBe(200)
})

test('metrics and services are those of the process', async () => {
  const { server, running } = await provider()
  const client = connectTo([running.bound.port])
  await new EchoServiceClient(client).echo('x')
  const ops = await open({ servers: [server], clients: [client] })
  const metrics = await ask(ops, '/metrics')
  expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(readExposition(metrics.body).has('rpc_server_call_duration_seconds')).toBe(true)
  const head = await ask(ops, '/metrics', 'HEAD')
  expect(head).toMatchObject({ status: 200, body: '' })
  const services = JSON.parse((await ask(ops, '/services')).body)
  expect(services).toMatchObject({
    provided: [
      { service: 'test.EchoService', application: 'echo-server', online: true, weight: 100, state: 'serving' },
    ],
    called: [{ service: 'test.EchoService', discovery: 'found', providers: [{ connection: 'ready', ejected: false }] }],
  })
  expect(Object.keys(JSON.parse((await ask(ops, '/ls')).body))).toEqual(Object.keys(services))
})

test('a service is taken out and put back by whoever has the token', async () => {
  const { server, running } = await provider()
  const ops = await open({ servers: [server], token })
  const online = () => running.services[0]?.online
  const bearer = { authorization: `Bearer ${token}` }
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Basic ${token}` }]) {
    expect(await ask(ops, '/offline', 'POST', headers)).toMatchObject({ status: 401 })
  }
  expect(online()).toBe(true)
  expect((await ask(ops, '/offline?service=test.EchoService', 'POST', bearer)).body).toContain('"online": false')
  expect(online()).toBe(false)
  expect((await ask(ops, '/offline?service=no.Such', 'POST', bearer)).status).toBe(404)
  expect(await ask(ops, '/online', 'GET', bearer)).toMatchObject({ status: 405, headers: { allow: 'POST' } })
  expect((await ask(ops, '/online', 'POST', bearer)).status).toBe(200)
  expect(online()).toBe(true)
  const closed = await ask(await open({ servers: [server] }), '/offline', 'POST', bearer)
  expect(closed).toMatchObject({
    status: 403,
    body: 'nothing can be changed here: no token was set for this endpoint\n',
  })
  expect(online()).toBe(true)
  expect(() => createOps({ token: 'short' })).toThrow('too short')
})

test('a configuration is shown without its secrets', async () => {
  class Tls {
    key = 'PRIVATE'
  }
  const config = {
    registry: { address: ['zookeeper://user:hunter2@127.0.0.1:2181?backup=h:1&password=hunter2'], password: 'hunter2' },
    services: { a: { token: 'hunter2', weight: 100, timeout: 5 }, b: { token: true } },
    server: { tls: new Tls(), authenticate: () => 'hunter2', apiKey: 'hunter2', privateKey: 'hunter2' },
    __proto__: null,
  }
  const shown = (await ask(await open({ config }), '/config')).body
  expect(shown).not.toMatch(/hunter2|PRIVATE/)
  expect(JSON.parse(shown)).toEqual({
    registry: { address: ['zookeeper://***@127.0.0.1:2181?backup=h:1&password=***'], password: '***' },
    services: { a: { token: '***', weight: 100, timeout: 5 }, b: { token: true } },
    server: { tls: '(Tls)', authenticate: '(function)', apiKey: '***', privateKey: '***' },
  })
})

test('it is not asked by a name that somebody else made', async () => {
  const ops = await open({ hosts: ['ops.internal'] })
  const status = async (host: string) => (await ask(ops, '/livez', 'GET', { host })).status
  for (const host of ['127.0.0.1:1', 'LOCALHOST', '[::1]:80', '10.2.3.4', 'ops.internal:99'])
    expect(await status(host)).toBe(200)
  for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost@evil', '[::1', 'a b'])
    expect(await status(host)).toBe(421)
})

/** What comes back for these bytes, until the connection ends or `ms` have passed. */
function raw(ops: RunningOps, bytes: string, ms = 1500): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(ops.port, '127.0.0.1', () => socket.write(bytes))
    let text = ''
    const end = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(text)
    }
    const timer = setTimeout(end, ms)
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('close', end)
    socket.on('error', end)
  })
}

test('what is no request, or too much of one, is refused, and nothing else suffers', async () => {
  const { server } = await provider()
  const ops = await open({ servers: [server], token })
  const host = `Host: 127.0.0.1\r\n`
  const first = (text: string) => text.split('\r\n')[0]
  const [big, wide, many, none, smuggled, garbage, chunked] = await Promise.all([
    raw(ops, `POST /offline HTTP/1.1\r\n${host}Content-Length: 1000000\r\n\r\n${'x'.repeat(10_000)}`),
    raw(ops, `GET /livez HTTP/1.1\r\n${host}X: ${'x'.repeat(20_000)}\r\n\r\n`),
    raw(ops, `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`),
    raw(ops, 'GET /livez HTTP/1.1\r\n\r\n'),
    raw(ops, `POST /offline HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
    raw(ops, '\xDA\xBB\x00\x00\x00'),
    raw(ops, `POST /offline HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n2000\r\n${'x'.repeat(0x2000)}\r\n`),
  ])
  expect([big, wide, many, none, smuggled, garbage, chunked].map(first)).toEqual([
    'HTTP/1.1 413 Payload Too Large',
    'HTTP/1.1 431 Request Header Fields Too Large',
    'HTTP/1.1 431 Request Header Fields Too Large',
    'HTTP/1.1 400 Bad Request',
    'HTTP/1.1 400 Bad Request',
    'HTTP/1.1 400 Bad Request',
    'HTTP/1.1 413 Payload Too Large',
  ])
  for (const path of [
    '/nothing',
    '/../../etc/passwd',
    '/livez/',
    '//evil/livez',
    '/constructor',
    '/__proto__',
    '/%00',
  ]) {
    expect((await ask(ops, path)).status, path).toBe(404)
  }
  const listed = await ask(ops, '/livez', 'GET', { host: '127.0.0.1' })
  expect(listed).toMatchObject({
    status: 200,
    headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
  })
  expect(server.ready).toBe(true)
})

test('a port that is taken is said in one sentence', async () => {
  const ops = await open()
  await expect(createOps().listen({ port: ops.port })).rejects.toThrow(
    `the ops endpoint can't listen on 127.0.0.1:${ops.port}`,
  )
})
