import type { Item, Page } from '../messages.js'
import type { Meter } from '../meter.js'

export const callBenches = ['small', 'medium', 'echo1m'] as const
export type CallBench = (typeof callBenches)[number]
/** `stream` is read as the peer's documentation advises, `stream-each` by `for await` item by item, whoever the peer. */
export type Bench = CallBench | 'stream' | 'stream-each'

/** An RPC toolchain under measurement, set up as its own documentation advises. One file each, all of this shape. */
export interface Peer {
  /** What it is made of and how it was set up, for the table's legend; packages in it are printed with their versions. */
  readonly packages: readonly string[]
  readonly setup: string
  /** Starts its server on 127.0.0.1, in the server's process. Returns the port. */
  serve(): Promise<number>
  /** Opens its client, in the client's process. */
  connect(port: number): Promise<PeerClient | RawClient>
}

/** Calls that a closed loop makes; what a peer can't do, or isn't asked for, is absent. */
export interface PeerClient {
  small?(item: Item): Promise<Item>
  medium?(item: Item): Promise<Page>
  echo?(payload: Uint8Array): Promise<Uint8Array>
  items?(count: number): AsyncIterable<Item>
  /** The same stream, where there is a way to read many small items that costs less. */
  batches?(count: number): AsyncIterable<readonly Item[]>
  close(): Promise<void> | void
}

/** A peer without calls: it runs its own loop, with so many frames under way until the time is over. */
export interface RawClient {
  loop(bench: CallBench, inFlight: number, untilMs: number, meter: Meter): Promise<void>
  close(): Promise<void> | void
}
