import protobuf from 'protobufjs/minimal.js'
import type { Item, Page } from './messages.js'
import { tsubo } from './proto/bench.js'

/** protobufjs's static code for one message, as pbjs wrote it. */
export interface StaticCodec<T> {
  encode(value: T): { finish(): Uint8Array }
  decode(bytes: Uint8Array): T
}

// An int64 as a number, as the other peers have it; protobufjs's default, an object of class Long, is slower.
protobuf.util.Long = undefined as never
protobuf.configure()

export const staticCodecs = tsubo.bench as unknown as {
  readonly Item: StaticCodec<Item>
  readonly Page: StaticCodec<Page>
  readonly Payload: StaticCodec<{ bytes: Uint8Array }>
  readonly Order: StaticCodec<{ count: number }>
}
