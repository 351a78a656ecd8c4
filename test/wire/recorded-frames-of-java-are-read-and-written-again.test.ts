import { describe, expect, test } from 'vitest'
import type { Call } from '../../runtime/call.js'
import type { Method } from '../../runtime/method.js'
import { frameKind, newHead } from '../../runtime/wire/wire.js'
import { SoldOut } from '../java/generated/types.js'
import { difference } from '../java/support/difference.js'
import { manyArguments, soldOut } from '../java/support/providers.js'
import { values } from '../java/support/values.js'
import {
  dubbo,
  framesIn,
  limits,
  readReply,
  readRequest,
  recordedLines,
  recordedReplies,
  written,
} from '../support/java-frames.js'

function expectedArgs(method: Method): readonly unknown[] | undefined {
  const name = method.schema.name
  if (Object.hasOwn(values, name)) return [values[name as keyof typeof values]()]
  return name === 'many' ? manyArguments() : undefined
}

describe.each(recordedLines)('Dubbo %s', (line) => {
  test('requests of a consumer in Java', () => {
    const seen = new Set<string>()
    for (const frame of framesIn(`consumer-${line}.requests`)) {
      const head = newHead()
      dubbo.head(frame, 0, frame.length, limits.maxFrameBytes, head)
      if (head.kind === frameKind.ping) {
        seen.add('heartbeat')
        continue
      }
      let call: Call
      try {
        call = readRequest(frame)
      } catch (thrown) {
        // A circle, and $echo, which is no method of a contract's.
        expect(String(thrown)).toMatch(/a circle|\$echo|no com\.miao/)
        seen.add('refused')
        continue
      }
      const { method } = call
      seen.add(method.schema.name)
      const expected = expectedArgs(method)
      if (expected) expect(difference(expected, [...call.args])).toBeUndefined()
      const again = readRequest(written((state, out) => state.writeRequest(out, call, 7, 1000)))
      expect(difference([...call.args], [...again.args])).toBeUndefined()
    }
    expect(seen.size).toBeGreaterThan(100)
    expect([...seen]).toEqual(expect.arrayContaining(['heartbeat', 'refused', 'many', 'note', 'person']))
  })

  test('replies of a provider in Java', () => {
    const seen = new Set<string>()
    for (const { frame, call } of recordedReplies(line)) {
      const { method, args } = call
      const name = method.schema.name
      seen.add(name)
      const answer = readReply(frame, method)
      if ('error' in answer) {
        if (name === 'soldOut') {
          const wanted = soldOut(args[0] as string)
          expect(answer.error).toBeInstanceOf(SoldOut)
          expect(answer.error.message).toBe(wanted.message)
          expect((answer.error as SoldOut).left).toBe(wanted.left)
          expect((answer.error as SoldOut).number).toBe(wanted.number)
        } else expect(`${name} ${answer.error}`).toMatch(/^(broken .*票 broken|circle .*a circle)/)
        const again = readReply(
          written((state, out) => state.writeError(out, method, 7, answer.error, false)),
          method,
        )
        expect(again).toMatchObject({ error: { message: answer.error.message } })
        continue
      }
      if (Object.hasOwn(values, name)) {
        expect(difference(values[name as keyof typeof values](), answer.value)).toBeUndefined()
      }
      const again = readReply(
        written((state, out) => state.writeReply(out, method, 7, answer.value, undefined)),
        method,
      )
      expect(difference([answer.value], ['value' in again ? again.value : again.error])).toBeUndefined()
    }
    expect(seen.size).toBeGreaterThan(100)
  })
})
