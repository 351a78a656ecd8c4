import { type Channel, channel } from 'node:diagnostics_channel'
import type { Call, Observer } from '../call.js'
import type { RpcError } from '../error.js'

/** What is published: the same object for all events of a call. */
export interface CallEvent {
  readonly call: Call
  error?: RpcError
}

/**
 * Tells `node:diagnostics_channel` of calls, under the names of a TracingChannel, so that
 * `tracingChannel('tsubo.client.call').subscribe(...)` hears `start`, `asyncEnd` and `error`. A channel that nobody
 * listens to costs one look at a flag.
 */
export function diagnostics(side: 'client' | 'server'): Observer {
  const named = (event: string): Channel => channel(`tracing:tsubo.${side}.call:${event}`)
  const [start, asyncEnd, failed] = [named('start'), named('asyncEnd'), named('error')]
  const events = new WeakMap<Call, CallEvent>()
  const eventOf = (call: Call): CallEvent => {
    const event = events.get(call) ?? { call }
    events.set(call, event)
    return event
  }
  return {
    begin(call) {
      if (start.hasSubscribers) start.publish(eventOf(call))
    },
    end(call, error) {
      if (error !== undefined && failed.hasSubscribers) failed.publish(Object.assign(eventOf(call), { error }))
      if (asyncEnd.hasSubscribers) asyncEnd.publish(eventOf(call))
    },
  }
}
