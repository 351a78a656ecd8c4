import { afterEach, expect, test } from 'vitest'
import { createClient } from '../../runtime/client.js'
import { memory } from '../../runtime/registry/memory.js'
import { createServer } from '../../runtime/server.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, closeLater, until } from '../support/network.js'

afterEach(closeAll)

test('first calls of new connections, not idempotent, are answered or sent elsewhere', async () => {
  const registry = memory('connecting')
  closeLater(() => registry.close())
  const start = async () => {
    const running = await createServer({ services: [new Echo()] }).listen({ registry })
    closeLater(() => running.close(0))
    return running
  }
  await start()
  let leaving = await start()
  let answered = 0
  const failed: unknown[] = []
  let going = true
  const load = Promise.all(
    Array.from({ length: 30 }, async () => {
      while (going) {
        const client = createClient({ registry })
        await new EchoServiceClient(client).book('x', { timeoutMs: 5000 }).then(
          () => answered++,
          (error: Error) => failed.push(error.message),
        )
        await client.close()
      }
    }),
  )
  for (let round = 0; round < 10; round++) {
    const before = answered
    await until(() => answered > before + 20)
    await leaving.close()
    leaving = await start()
  }
  going = false
  await load
  expect(failed).toEqual([])
  expect(answered).toBeGreaterThan(100)
})
