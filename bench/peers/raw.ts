import net from 'node:net'
import { performance } from 'node:perf_hooks'
import { isPayload, payload, payloadBytes } from '../messages.js'
import type { Meter } from '../meter.js'
import type { CallBench, Peer, RawClient } from './peer.js'
import { putUint32, uint32At } from './uint32.js'

/*
 * What sockets alone can do: frames as large as tsubo's are echoed, nothing is encoded and no call is made. A connection's
 * first byte says which bench it is for.
 *
 *   | number of the frame: u32 | filled up to the size of a frame of tsubo's |
 */
const requestBytes = 16 + 4 + 66
const replyBytes = { small: requestBytes, medium: 16 + 758 }
const modes: readonly CallBench[] = ['small', 'medium', 'echo1m']

/** One write for everything that one tick brought. */
export const rawBatched: Peer = raw('one write per tick, no chunking', true)

/** One write for each frame. */
export const rawEach: Peer = raw('one write per frame', false)

function raw(setup: string, batched: boolean): Peer {
  return {
    packages: [],
    setup,
    serve: () => serve(batched),
    connect: async (port) => connect(port, batched),
  }
}

function serve(batched: boolean): Promise<number> {
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', (first: Buffer) => {
      const mode = modes[first[0] as number] as CallBench
      // What goes back is as large as what came, so one write per tick needs no look at the frames.
      const plain = mode === 'echo1m' || (mode === 'small' && batched)
      const answer = plain ? (chunk: Buffer) => void socket.write(chunk) : frameEcho(socket, replyBytes[mode], batched)
      socket.on('data', answer)
      if (first.length > 1) answer(first.subarray(1))
    })
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as net.AddressInfo).port))
  })
}

function frameEcho(socket: net.Socket, size: number, batched: boolean): (chunk: Buffer) => void {
  return wholeFrames(requestBytes, (frames, count) => {
    const replies = Buffer.allocUnsafe(count * size)
    for (let i = 0; i < count; i++) {
      // A frame's bytes, and for a larger reply the beginning of the next one's: what they are matters to nobody.
      const at = i * requestBytes
      frames.copy(replies, i * size, at, at + Math.min(size, requestBytes))
      if (!batched) socket.write(replies.subarray(i * size, (i + 1) * size))
    }
    if (batched) socket.write(replies)
  })
}

/** Calls `take` with the whole frames of each chunk; what is left over waits for the next one. */
function wholeFrames(size: number, take: (frames: Buffer, count: number) => void): (chunk: Buffer) => void {
  let rest: Buffer | undefined
  return (chunk) => {
    const frames = rest ? Buffer.concat([rest, chunk]) : chunk
    const count = Math.floor(frames.length / size)
    rest = frames.length === count * size ? undefined : frames.subarray(count * size)
    if (count > 0) take(frames, count)
  }
}

function connect(port: number, batched: boolean): RawClient {
  const sockets: net.Socket[] = []
  return {
    async loop(bench, inFlight, untilMs, meter) {
      const socket = net.connect({ host: '127.0.0.1', port, noDelay: true })
      sockets.push(socket)
      await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
      socket.write(Buffer.of(modes.indexOf(bench)))
      try {
        if (bench === 'echo1m') await bulkLoop(socket, inFlight, untilMs, meter)
        else await frameLoop(socket, replyBytes[bench], batched, inFlight, untilMs, meter)
      } finally {
        socket.destroy()
      }
    },
    close() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

function frameLoop(
  socket: net.Socket,
  replySize: number,
  batched: boolean,
  inFlight: number,
  untilMs: number,
  meter: Meter,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const startedAt = new Float64Array(1024)
    let sent = 0
    let received = 0
    const send = (count: number, now: number) => {
      const frames = Buffer.allocUnsafe(count * requestBytes)
      for (let i = 0; i < count; i++) {
        startedAt[sent & 1023] = now
        putUint32(frames, i * requestBytes, sent++)
        if (!batched) socket.write(frames.subarray(i * requestBytes, (i + 1) * requestBytes))
      }
      if (batched) socket.write(frames)
    }
    socket.on('error', reject)
    socket.on(
      'data',
      wholeFrames(replySize, (frames, count) => {
        const now = performance.now()
        for (let i = 0; i < count; i++) {
          if (uint32At(frames, i * replySize) !== received) return reject(new Error('a raw frame came out of turn'))
          meter.add(now - (startedAt[received++ & 1023] as number))
        }
        if (now < untilMs) send(count, now)
        else if (received === sent) resolve()
      }),
    )
    send(inFlight, performance.now())
  })
}

function bulkLoop(socket: net.Socket, inFlight: number, untilMs: number, meter: Meter): Promise<void> {
  return new Promise((resolve, reject) => {
    const startedAt: number[] = []
    let received = 0
    const send = (now: number) => {
      startedAt.push(now)
      socket.write(payload)
    }
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      if (!isPayload(chunk, received)) return reject(new Error('raw bytes came back changed'))
      received += chunk.length
      while (received >= payloadBytes) {
        received -= payloadBytes
        const now = performance.now()
        meter.add(now - (startedAt.shift() as number))
        if (now < untilMs) send(now)
        else if (startedAt.length === 0) resolve()
      }
    })
    for (let i = 0; i < inFlight; i++) send(performance.now())
  })
}
