import net from 'node:net'
import { ProtobufReader, ProtobufWriter } from 'tsubo/codegen'
import { readItem, readPage, writeItem, writePage } from '../generated/bench.codec.js'
import { type Item, type Page, page, rebuilt } from '../messages.js'
import type { Peer } from './peer.js'
import { putUint32, uint32At } from './uint32.js'

/*
 * The least that a call can be: tsubo's generated codec on a socket, a slot and a promise per call, and frames that go out
 * together. No registry, balancer, retry, deadline, cancel, count, interceptor, error or limit; nothing is checked. What tsubo
 * takes longer than this is what all that costs; what this can't reach on a machine, no call can.
 *
 *   | length of the body: u32 | slot: u32 | filled up to tsubo's head | body |
 */
const headBytes = 16
const burstBytes = 16 * 1024
const mediumSlots = 0x8000_0000

export const rawCalls: Peer = {
  packages: ['tsubo'],
  setup: "tsubo's generated codec on a socket, a promise per call, and nothing else",

  serve() {
    const server = net.createServer({ noDelay: true }, (socket) => {
      const out = new Burst(socket)
      socket.on('error', () => socket.destroy())
      socket.on(
        'data',
        wholeFrames((slot, body) => {
          const item = readItem(body)
          if (slot >= mediumSlots) out.frame(slot, 48, (writer) => writePage(writer, page(item)))
          else out.frame(slot, 48, (writer) => writeItem(writer, rebuilt(item)))
        }),
      )
    })
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as net.AddressInfo).port))
    })
  },

  async connect(port) {
    const free: number[] = Array.from({ length: 1024 }, (_, slot) => slot)
    const waiting: ((body: ProtobufReader) => void)[] = []
    const taken = wholeFrames((slot, body) => {
      const at = slot % mediumSlots
      free.push(at)
      waiting[at]?.(body)
    })
    const chunk = Buffer.allocUnsafeSlow(64 * 1024)
    const onread = {
      buffer: chunk,
      callback: (bytes: number) => {
        taken(chunk, bytes)
        return true
      },
    }
    const socket = net.connect({ host: '127.0.0.1', port, noDelay: true, onread })
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    const out = new Burst(socket)
    const take = (): number => free.pop() ?? waiting.length
    return {
      small: (item) =>
        new Promise<Item>((resolve) => {
          const slot = take()
          waiting[slot] = (body) => resolve(readItem(body))
          out.frame(slot, waiting.length - free.length, (writer) => writeItem(writer, item))
        }),
      medium: (item) =>
        new Promise<Page>((resolve) => {
          const slot = take()
          waiting[slot] = (body) => resolve(readPage(body))
          out.frame(mediumSlots + slot, waiting.length - free.length, (writer) => writeItem(writer, item))
        }),
      close: () => void socket.destroy(),
    }
  },
}

/** Frames that go out together: at the end of the turn, or when half of the calls under way or 16 KiB wait. */
class Burst {
  readonly #writer = new ProtobufWriter().aim(Buffer.allocUnsafeSlow(64 * 1024), 0)
  readonly #socket: net.Socket
  #frames = 0

  constructor(socket: net.Socket) {
    this.#socket = socket
  }

  frame(slot: number, underWay: number, write: (writer: ProtobufWriter) => void): void {
    if (this.#frames++ === 0) process.nextTick(flush, this)
    const writer = this.#writer
    const start = writer.pos
    writer.pos = start + headBytes
    write(writer)
    putUint32(writer.buf, start, writer.pos - start - headBytes)
    putUint32(writer.buf, start + 4, slot)
    if (this.#frames >= Math.max(8, underWay / 2) || writer.pos >= burstBytes) this.flush()
  }

  flush(): void {
    const { pos, buf } = this.#writer
    if (pos === 0) return
    this.#frames = 0
    this.#socket.write((buf as Buffer).subarray(0, pos))
    // What the kernel didn't take is the socket's now.
    this.#writer.aim(this.#socket.writableLength === 0 ? buf : Buffer.allocUnsafeSlow(64 * 1024), 0)
  }
}

function flush(burst: Burst): void {
  burst.flush()
}

/** Calls `take` for each whole frame of a chunk; what is left over waits for the next one. */
function wholeFrames(take: (slot: number, body: ProtobufReader) => void): (chunk: Buffer, end?: number) => void {
  const reader = new ProtobufReader()
  let rest: Buffer | undefined
  return (chunk, length = chunk.length) => {
    const bytes = rest ? Buffer.concat([rest, chunk.subarray(0, length)]) : chunk
    const end = rest ? bytes.length : length
    let at = 0
    while (end - at >= headBytes) {
      const next = at + headBytes + uint32At(bytes, at)
      if (next > end) break
      take(uint32At(bytes, at + 4), reader.aim(bytes, at + headBytes, next))
      at = next
    }
    rest = at < end ? Buffer.from(bytes.subarray(at, end)) : undefined
  }
}
