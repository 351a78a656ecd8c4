import { connect } from 'node:net'

/** Asks a ZooKeeper one of its four-letter words; `undefined` without an answer within `timeoutMs`. */
export function fourLetterWord(
  host: string,
  port: number,
  word: string,
  timeoutMs: number,
): Promise<string | undefined> {
  return new Promise((done) => {
    let text = ''
    const socket = connect(port, host, () => socket.write(word))
    // An absolute limit: a server that has accepted but doesn't serve yet may never answer this connection.
    const timer = setTimeout(() => socket.destroy(), timeoutMs)
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      done(text || undefined)
    })
  })
}

/** Waits until the server answers `srvr` as one that serves; false when it doesn't within `timeoutMs`. */
export async function serves(host: string, port: number, timeoutMs: number, gone?: () => boolean): Promise<boolean> {
  const end = performance.now() + timeoutMs
  while (performance.now() < end && !gone?.()) {
    const answer = await fourLetterWord(host, port, 'srvr', 300)
    if (answer?.includes('Mode:')) return true
    await new Promise((next) => setTimeout(next, 20))
  }
  return false
}

/** Every ephemeral node that a server knows of, and its session: the word of the server itself, of an ensemble's leader. */
export async function ephemeralNodes(port: number): Promise<ReadonlyMap<string, string>> {
  const dump = (await fourLetterWord('127.0.0.1', port, 'dump', 3_000)) ?? ''
  const nodes = new Map<string, string>()
  let session = ''
  for (const line of dump.split('\n')) {
    const owner = /^0x([0-9a-f]+):$/.exec(line)
    if (owner?.[1]) session = owner[1].padStart(16, '0')
    else if (line.startsWith('\t/')) nodes.set(line.slice(1), session)
  }
  return nodes
}
