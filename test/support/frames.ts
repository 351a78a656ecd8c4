/*
 * Frames of the native wire, made and taken apart by hand from what docs/protocol.md says of them, for tests of what other
 * implementations do, the broken ones among them. Imports nothing of the runtime.
 */
import { connect, type Socket } from 'node:net'

export const kinds = {
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

export interface Frame {
  readonly kind: number
  readonly flags: number
  readonly id: number
  readonly method: number
  readonly status: number
  readonly body: Buffer
}

/** One frame; what is left out is 0, the body empty. */
export function frame(kind: number, { flags = 0, id = 0, method = 0, status = 0, body = none }: Partial<Frame> = {}) {
  const head = Buffer.alloc(16)
  head.writeUInt16BE(0xf553, 0)
  head[2] = kind
  head[3] = flags
  head.writeUInt32BE(id, 4)
  head.writeUInt16BE(method, 8)
  head[10] = status
  head.writeUInt32BE(body.length, 12)
  return Buffer.concat([head, body])
}

const none = Buffer.alloc(0)

export function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}

/** A protobuf message: fields by number; texts and bytes behind their length, numbers as varints. */
export function message(fields: readonly (readonly [number: number, value: string | number | Buffer])[]): Buffer {
  const parts = fields.flatMap(([number, value]) => {
    if (typeof value === 'number') return [varint(number * 8), varint(value)]
    const bytes = Buffer.from(value as string)
    return [varint(number * 8 + 2), varint(bytes.length), bytes]
  })
  return Buffer.concat(parts)
}

/** The fields of a message of texts, bytes and varints, in their order. */
export function fieldsOf(bytes: Buffer): [number: number, value: Buffer | number][] {
  const fields: [number, Buffer | number][] = []
  let at = 0
  const number = () => {
    let value = 0
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes.readUInt8(at++)
      value += (byte & 127) * shift
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = number()
    const value = number()
    if (tag % 8 === 0) fields.push([tag >>> 3, value])
    else if (tag % 8 === 2) {
      fields.push([tag >>> 3, bytes.subarray(at, at + value)])
      at += value
    } else throw new Error(`no field has wire type ${tag % 8} here`)
  }
  return fields
}

export const textOf = (bytes: Buffer, field: number): string =>
  String(fieldsOf(bytes).find(([number]) => number === field)?.[1] ?? '')

/** Whole frames out of a byte stream; throws where it is none. Returns what is left of it, too. */
export function framesOf(bytes: Buffer): { readonly frames: Frame[]; readonly rest: Buffer } {
  const frames: Frame[] = []
  let at = 0
  while (bytes.length - at >= 16) {
    if (bytes.readUInt16BE(at) !== 0xf553) throw new Error(`no frame at ${at}: ${bytes.toString('hex', at, at + 16)}`)
    const end = at + 16 + bytes.readUInt32BE(at + 12)
    if (end > bytes.length) break
    frames.push({
      kind: bytes.readUInt8(at + 2),
      flags: bytes.readUInt8(at + 3),
      id: bytes.readUInt32BE(at + 4),
      method: bytes.readUInt16BE(at + 8),
      status: bytes.readUInt8(at + 10),
      body: bytes.subarray(at + 16, end),
    })
    at = end
  }
  return { frames, rest: bytes.subarray(at) }
}

/** The other end of a connection, by hand: what it got so far, and a wait for more. */
export class Wire {
  readonly socket: Socket
  readonly got: Frame[] = []
  /** Resolves when the connection is gone, both ways. */
  readonly closed: Promise<void>
  #rest: Buffer = none
  #awaited: (() => void) | undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      const { frames, rest } = framesOf(Buffer.concat([this.#rest, chunk]))
      this.#rest = rest
      this.got.push(...frames)
      this.#awaited?.()
    })
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
  }

  static to(port: number): Wire {
    return new Wire(connect(port, '127.0.0.1'))
  }

  send(...frames: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(frames))
  }

  /** Takes the next frame of this kind, whatever came before it; fails when the connection ends without one. */
  async next(kind: number): Promise<Frame> {
    for (;;) {
      const index = this.got.findIndex((each) => each.kind === kind)
      if (index >= 0) return this.got.splice(index, 1)[0] as Frame
      const more = new Promise<boolean>((resolve) => {
        this.#awaited = () => resolve(true)
      })
      if (!(await Promise.race([more, this.closed.then(() => false)]))) {
        if (this.got.some((each) => each.kind === kind)) continue
        throw new Error(`the connection ended without a frame of kind ${kind}`)
      }
    }
  }

  /** Waits for its end; returns the reason of the goaway that came before, if one did. */
  async reason(): Promise<string | undefined> {
    await this.closed
    const last = this.got.find(({ kind }) => kind === kinds.goaway)
    return last && textOf(last.body, 1)
  }
}
