import { createClient, createServer, memory, type Registry, type RuleText, type RunningServer } from 'tsubo'
import { afterEach, expect, it } from 'vitest'
import { Echo, EchoServiceClient } from '../support/echo.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** A registry within this process, with rules that a test writes by hand. */
function ruled(first: (key: string) => RuleText): { registry: Registry; write(key: string, text: string): void } {
  const watching = new Map<string, (text: RuleText) => void>()
  const inner = memory(`rules-${Math.random()}`)
  ends.push(() => inner.close())
  const registry: Registry = {
    ...inner,
    rules: {
      watch(key, found) {
        watching.set(key, found)
        queueMicrotask(() => found(first(key)))
        return () => watching.delete(key)
      },
      report() {},
    },
  }
  return {
    registry,
    write: (key, text) => watching.get(key)?.({ state: 'found', data: Buffer.from(text) }),
  }
}

async function serve(registry: Registry, handler: () => unknown): Promise<RunningServer> {
  const running = await createServer({ services: [new Echo(async () => handler() as string)] }).listen({ registry })
  ends.push(() => running.close(100))
  return running
}

function clientOf(registry: Registry): EchoServiceClient {
  const client = createClient({ registry, application: 'web' })
  ends.push(() => client.close(100))
  return new EchoServiceClient(client, { timeoutMs: 5_000 })
}

const nothing: RuleText = { state: 'found', data: undefined }
const key = 'web.configurators'

it('no call goes by a rule that routes, though it takes its time', async () => {
  const { registry, write } = ruled((each) => (each === key ? { state: 'pending' } : nothing))
  await serve(registry, () => 'served')
  const answer = clientOf(registry).echo('x')
  setTimeout(() => write(key, 'configs: [{ side: provider, parameters: { disabled: true } }]'), 100)
  await expect(answer).rejects.toThrow('routing leaves none of the 1')
})

it('a first call goes by what rules say of its method, its deadline too', async () => {
  const { registry, write } = ruled((each) => (each === key ? { state: 'pending' } : nothing))
  await serve(registry, () => new Promise<string>(() => {}))
  const client = createClient({ registry, application: 'web' })
  ends.push(() => client.close(100))
  const to = new EchoServiceClient(client)
  const answers = [to.echo('x'), to.book('x')]
  setTimeout(() => {
    write(key, 'configs: [{ parameters: { echo.mock: "force:return ruled", book.timeout: 200 } }]')
  }, 100)
  const begun = performance.now()
  expect(await answers[0]).toBe('ruled')
  await expect(answers[1]).rejects.toMatchObject({ code: 'deadline_exceeded' })
  expect(performance.now() - begun).toBeLessThan(800)
})

it('while it waits its own time holds, and it can be given up', async () => {
  const { registry } = ruled(() => ({ state: 'pending' }))
  await serve(registry, () => 'served')
  const to = clientOf(registry)
  const begun = performance.now()
  const givesUp = new AbortController()
  const answers = [
    to.echo('x', { timeoutMs: 50 }),
    to.echo('x', { signal: givesUp.signal }),
    to.echo('x', { timeoutMs: 5_000 }),
  ]
  givesUp.abort()
  await expect(answers[1]).rejects.toMatchObject({ code: 'cancelled' })
  await expect(answers[0]).rejects.toMatchObject({ code: 'unavailable' })
  expect(performance.now() - begun).toBeLessThan(400)
  expect(await answers[2]).toBe('served')
})

it('rules that nobody answers about are waited for half a second, no longer', { retry: 2 }, async () => {
  const { registry } = ruled(() => ({ state: 'pending' }))
  await serve(registry, () => 'served')
  const begun = performance.now()
  expect(await clientOf(registry).echo('x')).toBe('served')
  const tookMs = performance.now() - begun
  expect(tookMs).toBeGreaterThan(400)
  expect(tookMs).toBeLessThan(1_000)
})

it('a limit that changes while calls run goes on counting', async () => {
  const { registry, write } = ruled(() => nothing)
  const running: (() => void)[] = []
  let most = 0
  await serve(registry, () => {
    most = Math.max(most, running.length + 1)
    return new Promise<string>((done) => running.push(() => done('served')))
  })
  const echo = clientOf(registry)
  const release = () => running.shift()?.()
  const until = (count: number) => expect.poll(() => running.length, { timeout: 5_000, interval: 5 }).toBe(count)
  const first = echo.echo('x')
  await until(1)

  write(key, 'configs: [{ parameters: { actives: 2 } }]')
  // Reading a rule takes a few turns.
  await new Promise((done) => setTimeout(done, 200))
  const calls = [1, 2, 3, 4].map(() => echo.echo('x'))
  await until(3)
  release() // The first, which no limit had let pass: nobody moves up.
  await first
  await new Promise((done) => setTimeout(done, 50))
  await until(2)
  for (let left = 4; left > 0; left--) {
    await until(Math.min(2, left))
    release()
  }
  expect(await Promise.all(calls)).toEqual(['served', 'served', 'served', 'served'])
  expect(most).toBe(3)
})
