import type { Metadata } from './error.js'

/**
 * What a handler was called with and its own calls take along, if they don't say otherwise: W3C trace context and
 * baggage (https://www.w3.org/TR/trace-context/, https://www.w3.org/TR/baggage/). Each with the form it must have:
 * it came from outside, and goes on to others.
 */
const travelling: readonly (readonly [key: string, form: RegExp])[] = [
  ['traceparent', /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/],
  ['tracestate', /^[\x20-\x7e]{1,512}$/],
  ['baggage', /^[\x20-\x7e]{1,4096}$/],
]

/** The metadata of a call that is made while `incoming` is answered. Malformed trace context goes no further. */
export function carriedThrough(own: Metadata | undefined, incoming: Metadata | undefined): Metadata | undefined {
  if (!incoming) return own
  let metadata = own
  for (const [key, form] of travelling) {
    const value = incoming[key]
    if (typeof value !== 'string' || own?.[key] !== undefined || !form.test(value)) continue
    // A tracestate without its parent means nothing.
    if (key === 'tracestate' && metadata?.traceparent === undefined) continue
    metadata = { ...metadata, [key]: value }
  }
  return metadata
}
