import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RpcError } from '../../runtime/error.js'
import { framesIn, readReply, readRequest, recordedLines, recordedReplies } from '../support/java-frames.js'

/** Every recorded frame with how to read it: reading throws what a caller would get. */
function frames(line: string): { readonly frame: Buffer; readonly read: (frame: Buffer) => unknown }[] {
  const requests = framesIn(`consumer-${line}.requests`).filter((frame) => frame.length > 17)
  return [
    ...requests.map((frame) => ({ frame, read: readRequest })),
    ...recordedReplies(line).map(({ frame, call }) => ({
      frame,
      read: (changed: Buffer) => {
        const answer = readReply(changed, call.method)
        if ('error' in answer) throw answer.error
      },
    })),
  ]
}

/** An RpcError, or a value: what was cut off or changed may leave a whole one. */
function refused(read: () => unknown): boolean {
  try {
    read()
    return false
  } catch (thrown) {
    if (!(thrown instanceof RpcError)) throw thrown
    return true
  }
}

describe.each(recordedLines)('Dubbo %s', (line) => {
  test('cut off after each byte', () => {
    for (const { frame, read } of frames(line)) {
      let count = 0
      for (let length = 16; length < frame.length; length++) {
        const cut = Buffer.from(frame.subarray(0, length))
        cut.writeUInt32BE(length - 16, 12)
        if (refused(() => read(cut))) count++
      }
      expect(count).toBeGreaterThan(0)
    }
  })

  test('with bytes changed', () => {
    const all = frames(line)
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.nat(all.length - 1), changes, (which, at) => {
        const { frame, read } = all[which] as (typeof all)[number]
        const changed = Buffer.from(frame)
        for (const [place, byte] of at) changed[16 + (place % (changed.length - 16))] = byte
        refused(() => read(changed))
      }),
      { numRuns: 20_000 },
    )
  })
})
