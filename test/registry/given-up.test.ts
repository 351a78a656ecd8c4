import { createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it, vi } from 'vitest'
import { nodeZooKeeperClient } from '../../runtime/registry/zookeeper-node-client.js'
import { closeAll, closeLater } from '../support/network.js'

afterEach(closeAll)

it.each(['in the turn it was asked for', 'a moment later', 'while it waits for the greeting'] as const)(
  'a connection that is given up %s leaves no socket',
  async (when) => {
    const open = new Set<Socket>()
    let accepted = 0
    // It takes everybody in and never greets.
    const server = createServer((socket) => {
      accepted++
      open.add(
        socket
          .resume()
          .on('error', () => {})
          .once('close', () => open.delete(socket)),
      )
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    closeLater(() => new Promise<void>((closed) => server.close(() => closed())))
    closeLater(async () => {
      for (const socket of open) socket.destroy()
    })
    const { port } = server.address() as { port: number }
    const giveUp = new AbortController()
    const options = { sessionTimeoutMs: 6000, handshakeTimeoutMs: 5000, digest: undefined, resume: undefined }
    const connection = nodeZooKeeperClient()({
      ...options,
      server: { host: '127.0.0.1', port },
      signal: giveUp.signal,
    }).catch((error: Error) => error.message)
    if (when === 'a moment later') await new Promise((tick) => process.nextTick(tick))
    if (when === 'while it waits for the greeting') await vi.waitFor(() => expect(open.size).toBe(1))
    giveUp.abort()
    expect(await connection).toBe('was closed')
    await sleep(100)
    await vi.waitFor(() => expect(open.size).toBe(0))
    expect(accepted).toBeLessThan(2)
  },
)
