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
