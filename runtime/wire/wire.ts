import type { Call, Sink } from '../call.js'
import type { ProtobufReader, ProtobufWriter } from '../codec/protobuf.js'
import type { Admit, Find } from '../dispatcher.js'
import type { Metadata, RpcError } from '../error.js'
import type { Method, Shape } from '../method.js'

/** What a frame is for, whatever the wire calls it. The numbers are those of the native wire. */
export const frameKind = {
  hello: 1,
  declare: 2,
  request: 3,
  reply: 4,
  error: 5,
  item: 6,
  end: 7,
  credit: 8,
  cancel: 9,
  ping: 10,
  pong: 11,
  goaway: 12,
} as const

/** A frame's head, read in place into one reused object. */
export interface Head {
  /** One of `frameKind`. */
  kind: number
  flags: number
  /** Which call; 0 for frames that belong to none and for one-way requests. */
  id: number
  /** The upper 32 bits of ids that have 64; 0 elsewhere. */
  idHigh: number
  /** The connection's number of the method, in requests and declarations. */
  method: number
  /** An error's code by number. */
  status: number
  /** Bytes from the frame's first byte to the first one behind its head. */
  headBytes: number
  /** When its last byte came, on `now()`'s clock. */
  arrivedAt: number
}

export function newHead(): Head {
  return { kind: 0, flags: 0, id: 0, idHigh: 0, method: 0, status: 0, headBytes: 0, arrivedAt: 0 }
}

/** What a control frame has changed, where somebody has to do something about it. */
export type News =
  /** The other side goes away. */
  | { readonly kind: 'goaway'; readonly reason: RpcError }
  /** The client's contract differs from ours: ask it for the whole of it, and keep requests with this number back. */
  | { readonly kind: 'ask'; readonly method: number }
  /** The server asks for the contract behind this number. */
  | { readonly kind: 'asked'; readonly method: number }
  /** The contract is known now: requests that were kept back can be read. */
  | { readonly kind: 'settled'; readonly method: number }

/** What goes with a control frame; each kind uses what it needs. */
export interface Control {
  readonly id?: number
  readonly reason?: RpcError
  /** Room for so many bytes more, in credit frames. */
  readonly bytes?: number
  /** The number of a method, in questions about it and answers to them (`declare`). */
  readonly method?: number
}

/**
 * A wire turns calls into frames and frames into calls: pure bytes, no sockets, no timers. Every wire has the same
 * functions, so that `protocol/framed.ts` drives them all.
 */
export interface Wire {
  readonly name: string
  /** The first two bytes of every frame. */
  readonly magic: number
  /** Bytes of a frame that `head` needs before it can tell the length. */
  readonly headBytes: number
  /** The first frame of each side is a hello; one that comes without is refused. */
  readonly greets: boolean
  /**
   * Reads the head of the frame at `start`. Returns the whole frame's length in bytes, 0 when more bytes are needed.
   * Throws RpcError when this is no frame of this wire or it is longer than `maxFrameBytes`: the connection must end.
   */
  head(buffer: Buffer, start: number, end: number, maxFrameBytes: number, into: Head): number
  /** What one connection has to remember. */
  open(limits: { readonly maxFrameBytes: number }): WireState
}

/**
 * One connection's side of a wire. All writers append whole frames at the writer's position. One that throws (RpcError:
 * a value that can't be encoded, a frame over the limit) leaves only whole frames behind; a declaration may be among them.
 */
export interface WireState {
  /**
   * Where ids have 64 bits: gives a frame of the other side a number for its id, which stands for it until it is answered.
   * Called before all others.
   */
  takeIn?(head: Head): void
  /** A request, and before the first one of its method what declares it. `id` 0: one-way. `remainingMs`: whole, or Infinity. */
  writeRequest(out: ProtobufWriter, call: Call, id: number, remainingMs: number): void
  /** A stream's reply only opens it: `value` is not written. */
  writeReply(out: ProtobufWriter, method: Method, id: number, value: unknown, metadata: Metadata | undefined): void
  /** `notProcessed`: no handler saw the request. Only the acceptance path says so. */
  writeError(out: ProtobufWriter, method: Method | undefined, id: number, error: RpcError, notProcessed: boolean): void
  /** One item of a stream, in either direction. */
  writeItem(out: ProtobufWriter, shape: Shape<unknown>, id: number, value: unknown): void
  /** Writes nothing where the wire has no such frame. */
  writeControl(out: ProtobufWriter, kind: number, control?: Control): void

  /**
   * Reads a request's body. `find` and then, with the metadata, `admit` are asked before any argument is decoded.
   * Throws the RpcError to answer with.
   */
  readRequest(from: ProtobufReader, head: Head, find: Find, admit: Admit | undefined): Call
  /** Reads a reply or an error and answers the sink exactly once, whatever the bytes are. */
  readReply(from: ProtobufReader, head: Head, sink: Sink): void
  /** The metadata of the reply that opens a stream. */
  readOpening(from: ProtobufReader, head: Head): Metadata | undefined
  /** Throws RpcError for bytes that are no such item. */
  readItem(from: ProtobufReader, shape: Shape<unknown>): unknown
  /** The bytes of a credit frame. */
  readCredit(from: ProtobufReader): number
  /** Takes in hello, declare and goaway. */
  readControl(from: ProtobufReader, head: Head, find: Find): News | undefined
  /** Is it known what this request's method is? While the other side is asked, its requests are kept back. */
  settled(head: Head): boolean
}
