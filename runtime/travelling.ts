import type { Metadata } from './error.js'

/**
 * What a handler was called with and its own calls take along, if they don't say otherwise: W3C trace context and
 * baggage (https://www.w3.org/TR/trace-context/, https://www.w3.org/TR/baggage/), and Dubbo's tag. Each with the form it must have:
 * it came from outside, and goes on to others.
 */
const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

const travelling: readonly (readonly [key: string, form: RegExp])[] = [
  ['traceparent', traceparent],
  ['tracestate', /^[\x20-\x7e]{1,512}$/],
  ['baggage', /^[\x20-\x7e]{1,4096}$/],
  ['dubbo.tag', /^[\x21-\x7e]{1,128}$/],
  ['dubbo.force.tag', /^(?:true|false)$/],
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

/** The same for keys that somebody names: they have no form but that of metadata, which they had when they came. */
export function alsoCarried(
  own: Metadata | undefined,
  incoming: Metadata | undefined,
  keys: readonly string[],
): Metadata | undefined {
  let metadata = own
  for (const key of keys) {
    const value = incoming?.[key]
    if (value !== undefined && own?.[key] === undefined) metadata = { ...metadata, [key]: value }
  }
  return metadata
}

/**
 * Where a wire has no other word for `Call.unrecorded`: a `traceparent` with a name that nobody had before, which says that it isn't
 * recorded.
 */
export function unrecordedTraceparent(): string {
  return `00-${drawn(4)}-${drawn(2)}-00`
}

/** So many times eight hexadecimal digits, none of those all zeros. */
function drawn(times: number): string {
  let digits = ''
  for (let i = 0; i < times; i++)
    digits += Math.ceil((1 - Math.random()) * 0xffffffff)
      .toString(16)
      .padStart(8, '0')
  return digits
}

/** Is it one, whoever sent it? Version, trace, span, flags: `ff` is no version, and zeros are no ids. */
export function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && value.length === 55 && traceparent.test(value)
}

/** Which trace a call belongs to, by the `traceparent` beside it; undefined where it has none that is one. */
export function traceIdOf(metadata: Metadata | undefined): string | undefined {
  const value = metadata?.traceparent
  return isTraceparent(value) ? value.slice(3, 35) : undefined
}
