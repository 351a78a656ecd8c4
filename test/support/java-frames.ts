import { readFileSync } from 'node:fs'
import { Call } from '../../runtime/call.js'
import { ProtobufReader, ProtobufWriter } from '../../runtime/codec/protobuf.js'
import { RpcError } from '../../runtime/error.js'
import type { Method } from '../../runtime/method.js'
import { serviceKey } from '../../runtime/service-key.js'
import { serviceOf } from '../../runtime/stub.js'
import { dubboWire } from '../../runtime/wire/dubbo.js'
import { type Head, newHead, type WireState } from '../../runtime/wire/wire.js'
import { CallsProvider, typesProvider } from '../java/support/providers.js'
import { framesOf } from '../java/support/recorder.js'

/* What applications in Java sent, recorded by test/java/record.ts: the files of test/wire/captures. */

/** The lines of Dubbo that there are recordings of. */
export const recordedLines = ['2.7.3', '3.3']
export const limits = { maxFrameBytes: 1 << 20 }
export const dubbo = dubboWire({ generic: false })
const methods = [typesProvider(), new CallsProvider('recorded')].flatMap((provider) => provider[serviceOf].methods)

export function framesIn(name: string): Buffer[] {
  return framesOf(readFileSync(new URL(`../wire/captures/${name}`, import.meta.url)))
}

const find = (name: string, of: string) => {
  const method = methods.find(({ service, schema }) => service.name === name && schema.name === of)
  return method ? { method, service: serviceKey(name) } : new RpcError('unimplemented', `no ${name} ${of}`)
}

type Taken = { readonly head: Head; readonly body: ProtobufReader }

function taken(state: WireState, frame: Buffer): Taken {
  const head = newHead()
  dubbo.head(frame, 0, frame.length, limits.maxFrameBytes, head)
  state.takeIn?.(head)
  return { head, body: new ProtobufReader().aim(frame, head.headBytes, frame.length) }
}

/** Throws what reading it throws. */
export function readRequest(frame: Buffer): Call {
  const state = dubbo.open(limits)
  const { head, body } = taken(state, frame)
  return state.readRequest(body, head, find, undefined)
}

export type Answer = { readonly value: unknown } | { readonly error: RpcError }

export function readReply(frame: Buffer, method: Method): Answer {
  const state = dubbo.open(limits)
  const { head, body } = taken(state, frame)
  let answer: Answer | undefined
  state.readReply(body, head, {
    call: new Call(method, serviceKey(method.service.name), []),
    reply(value) {
      answer = { value }
      return undefined
    },
    fail(error) {
      answer = { error }
    },
  })
  if (!answer) throw new Error('nobody was answered')
  return answer
}

/** A frame of ours. */
export function written(write: (state: WireState, out: ProtobufWriter) => void): Buffer {
  const out = new ProtobufWriter().aim(Buffer.alloc(100), 7)
  write(dubbo.open(limits), out)
  return Buffer.from(out.buf.subarray(7, out.pos))
}

/** What a reply says of the request that it is for, and a request of itself. */
export function idOf(frame: Buffer): string {
  return frame.toString('hex', 4, 12)
}

/** The replies of a provider in Java, each with the call that it answers. */
export function recordedReplies(line: string): { readonly frame: Buffer; readonly call: Call }[] {
  const asked = new Map(framesIn(`provider-${line}.requests`).map((frame) => [idOf(frame), readRequest(frame)]))
  return framesIn(`provider-${line}.replies`).map((frame) => ({ frame, call: asked.get(idOf(frame)) as Call }))
}
