import { afterEach, expect, test } from 'vitest'
import type { Metadata } from '../../runtime/error.js'
import { closeAll, echoClient, provideEcho } from '../support/network.js'

afterEach(closeAll)

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

/** Three hops; returns what the last one was called with. */
async function lastHopSees(metadata: Metadata, own?: Metadata): Promise<Metadata | undefined> {
  let seen: Metadata | undefined
  const last = await provideEcho((value, call) => {
    seen = call.metadata
    return value
  })
  const lastClient = echoClient([last.bound.port])
  const middle = await provideEcho(async (value) => {
    await Promise.resolve()
    return lastClient.echo(value, own ? { metadata: own } : {})
  })
  const middleClient = echoClient([middle.bound.port])
  const first = await provideEcho((value) => middleClient.echo(value))
  await echoClient([first.bound.port]).echo('x', { metadata })
  return seen
}

test('traceparent, tracestate and baggage travel; other metadata stays where it was sent', async () => {
  const sent = { traceparent, tracestate: 'a=1,b=2', baggage: 'user=miao', 'x-secret': 's' }
  expect({ ...(await lastHopSees(sent)) }).toEqual({ traceparent, tracestate: 'a=1,b=2', baggage: 'user=miao' })
})

test('a call that names its own keeps it', async () => {
  const own = '00-4bf92f3577b34da6a3ce929d0e0e4736-aaaaaaaaaaaaaaaa-00'
  expect({ ...(await lastHopSees({ traceparent }, { traceparent: own, a: 'b' })) }).toEqual({
    traceparent: own,
    a: 'b',
  })
})

test.each([
  ['00-00000000000000000000000000000000-00f067aa0ba902b7-01'],
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01'],
  [traceparent.toUpperCase()],
  [`${traceparent}\n`],
  ['x'.repeat(4000)],
])('a malformed traceparent goes no further, and takes its tracestate along: %j', async (broken) => {
  expect(await lastHopSees({ traceparent: broken, tracestate: 'a=1' })).toBeUndefined()
})
