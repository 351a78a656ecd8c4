import { createServer } from '../../runtime/server.js'
import { Echo } from './echo.js'

/*
 * A provider in a process of its own, so that its memory is its own, whose `count` never ends. It tells its port, and then
 * answers each message with the bytes that it holds after a collection.
 */
const collect = () => (globalThis as { gc?: () => void }).gc?.()
const server = createServer({ services: [new Echo((value) => value.padEnd(1000, '.'))] })
const { bound } = await server.listen({ host: '127.0.0.1' })
process.send?.(bound.port)
process.on('message', () => {
  collect()
  collect()
  process.send?.(process.memoryUsage.rss())
})
process.once('disconnect', () => process.exit())
