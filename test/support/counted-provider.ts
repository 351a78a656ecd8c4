/*
 * A provider in a process of its own, for tests that kill it: `counted-provider.ts <registry>`. What it is called with decides
 * what becomes of the call.
 */
import { RpcError } from '../../runtime/error.js'
import { openRegistry } from '../../runtime/open-registry.js'
import { createServer } from '../../runtime/server.js'
import { Echo } from './echo.js'

const echo = new Echo((value) => {
  if (value === 'aborted' || value === 'unavailable') throw new RpcError(value, 'as was asked for')
  if (value === 'unexpected') throw new TypeError('as was asked for')
  if (value === 'slow') return new Promise((resolve) => setTimeout(() => resolve(value), 100))
  return value
})
const server = createServer({ services: [echo], application: 'counted', onError() {} })
const running = await server.listen({ registry: openRegistry(process.argv[2] ?? ''), host: '127.0.0.1' })
await running.registered
console.log('ready')
