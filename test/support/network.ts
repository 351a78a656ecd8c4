import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { type Client, type ClientOptions, createClient } from '../../runtime/client.js'
import { framed } from '../../runtime/protocol/framed.js'
import type { ConnectionOptions } from '../../runtime/protocol/protocol.js'
import { staticRegistry } from '../../runtime/registry/static.js'
import type { RunningServer } from '../../runtime/running-server.js'
import { createServer as createRpcServer, type ServerOptions } from '../../runtime/server.js'
import { Echo, type EchoHandler, EchoServiceClient } from './echo.js'

/** Everything a test opened, closed again in `closeAll`; call that in afterEach. */
const open: (() => Promise<unknown>)[] = []

export async function closeAll(): Promise<void> {
  const closing = open.splice(0).reverse()
  await Promise.all(closing.map((close) => close()))
}

export function closeLater(close: () => Promise<unknown>): void {
  open.push(close)
}

/** A real provider on a free port of 127.0.0.1. */
export async function provide(
  services: ServerOptions['services'],
  options: Partial<ServerOptions> = {},
  port = 0,
): Promise<RunningServer> {
  const running = await createRpcServer({ services, ...options }).listen({ host: '127.0.0.1', port })
  closeLater(() => running.close(0))
  return running
}

export function provideEcho(
  answer?: EchoHandler,
  options: Partial<ServerOptions> = {},
  port = 0,
): Promise<RunningServer> {
  return provide([new Echo(answer)], options, port)
}

/** A client of these fixed addresses. */
export function connectTo(
  ports: readonly number[],
  options: Partial<ClientOptions> = {},
  connection: Partial<ConnectionOptions> = {},
): Client {
  const registry = staticRegistry(ports.map((port) => `127.0.0.1:${port}`))
  const client = createClient({ registry, protocols: [framed(connection)], ...options })
  closeLater(() => client.close(0))
  return client
}

export function echoClient(ports: readonly number[], options: Partial<ClientOptions> = {}): EchoServiceClient {
  return new EchoServiceClient(connectTo(ports, options))
}

/** A server of raw bytes, for peers that misbehave. */
export async function rawServer(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closeLater(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

/** A port where nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits until `check` holds; fails with its last answer after `withinMs`. */
export async function until(check: () => boolean, withinMs = 5000): Promise<void> {
  const end = performance.now() + withinMs
  while (!check()) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${check}`)
    await sleep(5)
  }
}

/** The RpcError that a call fails with. */
export async function failure(call: Promise<unknown>): Promise<import('../../runtime/error.js').RpcError> {
  const value = await call.then(
    (result) => ({ result }),
    (error) => ({ error }),
  )
  if ('error' in value) return value.error
  throw new Error(`expected a failure, got ${JSON.stringify(value.result)}`)
}
