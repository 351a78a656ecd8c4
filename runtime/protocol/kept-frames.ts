import type { ProtobufReader } from '../codec/protobuf.js'
import type { Head } from '../wire/wire.js'

/** What a frame that waits takes up beside its bytes: many empty ones fill memory, too. */
const keptFrameBytes = 256

/** A frame that waits: a copy, for the chunk it came in is gone by then. */
export interface KeptFrame {
  readonly head: Head
  readonly body: Buffer
}

const sizeOf = (body: Buffer): number => body.length + keptFrameBytes

/** Frames that wait until their caller's contract is known: requests, and behind them what belongs to their calls. */
export class KeptFrames {
  readonly #most: number
  readonly #byMethod = new Map<number, KeptFrame[]>()
  /** The calls among them, by id, with their method number. */
  readonly #calls = new Map<number, number>()
  #bytes = 0

  /** `most`: how many bytes may wait, all methods together. */
  constructor(most: number) {
    this.#most = most
  }

  /** The method of a call that waits here. */
  methodOf(id: number): number | undefined {
    return this.#calls.get(id)
  }

  /** False, and the call's other frames are forgotten, where too many wait already. */
  keep(method: number, head: Head, reader: ProtobufReader): boolean {
    const body = Buffer.from(reader.buf.subarray(reader.pos, reader.len))
    if (this.#bytes + sizeOf(body) > this.#most) {
      this.forget(head.id)
      return false
    }
    this.#bytes += sizeOf(body)
    const kept = this.#byMethod.get(method) ?? []
    kept.push({ head: { ...head }, body })
    this.#byMethod.set(method, kept)
    if (head.id !== 0) this.#calls.set(head.id, method)
    return true
  }

  /** Those of a method in their order, which wait no more. */
  *take(method: number): Iterable<KeptFrame> {
    const kept = this.#byMethod.get(method) ?? []
    this.#byMethod.delete(method)
    for (const frame of kept) {
      this.#bytes -= sizeOf(frame.body)
      this.#calls.delete(frame.head.id)
      yield frame
    }
  }

  /** Its caller wants the call no more. */
  forget(id: number): void {
    const method = this.#calls.get(id)
    if (method === undefined) return
    this.#calls.delete(id)
    const kept = this.#byMethod.get(method) ?? []
    for (const { head, body } of kept) if (head.id === id) this.#bytes -= sizeOf(body)
    this.#byMethod.set(
      method,
      kept.filter(({ head }) => head.id !== id),
    )
  }
}
