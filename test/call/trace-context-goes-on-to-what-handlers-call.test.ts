import { afterEach, expect, test } from 'vitest'
import type { Call, Invocable } from '../../runtime/call.js'
import type { Metadata } from '../../runtime/error.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, echoClient, provideEcho } from '../support/network.js'
import { callTransports } from '../support/transports.js'

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

test.each(Object.entries(callTransports))('%s says that nothing is recorded', async (name, open) => {
  const seen: [boolean, unknown][] = []
  const echo = new Echo((value, call) => {
    seen.push([call.unrecorded, call.metadata?.traceparent])
    return value
  })
  const to = await open([echo], {})
  const calling = (unrecorded: boolean): Invocable => ({
    invoke(call: Call) {
      call.unrecorded = unrecorded
      return to.invoke(call)
    },
  })
  await new EchoServiceClient(calling(true)).echo('x')
  await new EchoServiceClient(calling(false)).echo('x')
  // Java knows no other word for it.
  const said =
    name === 'dubbo' ? [false, expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)] : [true, undefined]
  expect(seen).toEqual([said, [false, undefined]])
})
