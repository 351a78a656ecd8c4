import { connect, createServer, type Socket } from 'node:net'

/** What went over one connection. */
export interface Recorded {
  readonly fromCaller: Buffer
  readonly fromProvider: Buffer
}

/** Passes bytes on between callers and a provider, and keeps them. */
export interface Recorder {
  readonly port: number
  /** In the order in which they were opened. */
  readonly connections: readonly Recorded[]
  /** Where the provider is. */
  forward(port: number): void
  close(): void
}

export async function startRecorder(): Promise<Recorder> {
  let target = 0
  const connections: { caller: Buffer[]; provider: Buffer[] }[] = []
  const sockets = new Set<Socket>()
  const server = createServer((caller) => {
    const provider = connect(target, '127.0.0.1')
    const record = { caller: [] as Buffer[], provider: [] as Buffer[] }
    connections.push(record)
    for (const [from, to, kept] of [
      [caller, provider, record.caller],
      [provider, caller, record.provider],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => kept.push(chunk))
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    get connections() {
      return connections.map(({ caller, provider }) => ({
        fromCaller: Buffer.concat(caller),
        fromProvider: Buffer.concat(provider),
      }))
    },
    forward(port) {
      target = port
    },
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** The frames of a side of a connection, whole ones only. */
export function framesOf(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at + 16 <= bytes.length; ) {
    const end = at + 16 + bytes.readUInt32BE(at + 12)
    if (end > bytes.length) break
    frames.push(bytes.subarray(at, end))
    at = end
  }
  return frames
}
