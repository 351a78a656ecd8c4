import { Call, type Sink } from '../../runtime/call.js'
import { malformed, type ProtobufReader, type ProtobufWriter } from '../../runtime/codec/protobuf.js'
import type { Admit, Find, Target } from '../../runtime/dispatcher.js'
import { type Metadata, RpcError } from '../../runtime/error.js'
import type { Method } from '../../runtime/method.js'
import { type Control, frameKind, type Head, type News, type Wire, type WireState } from '../../runtime/wire/wire.js'

/*
 * Dubbo's frame with as much of hessian 2 as strings, ints and maps of strings: enough to show that the framed protocol
 * knows nothing of any one wire. It carries text in, text out; the real wire is a matter of its own.
 *
 *   0     2      3        4            12           16
 *   | DABB | flags | status |    id    | body length | body
 */
const headBytes = 16
const bit = { request: 0x80, twoWay: 0x40, event: 0x20, hessian2: 0x02 } as const
const ok = 20
const serviceError = 70
/** Not Dubbo's: how this small wire says that no handler saw a request. */
const refused = 100

export const dubboFrame: Wire = { name: 'dubbo', headBytes, greets: false, head, open: () => new DubboFrameState() }

function head(buffer: Buffer, start: number, end: number, maxFrameBytes: number, into: Head): number {
  const have = end - start
  if ((have > 0 && buffer[start] !== 0xda) || (have > 1 && buffer[start + 1] !== 0xbb)) {
    throw malformed(`no frame begins with the bytes ${buffer.toString('hex', start, Math.min(end, start + 4))}`)
  }
  if (have < headBytes) return 0
  const length = buffer.readUInt32BE(start + 12)
  if (length + headBytes > maxFrameBytes) throw new RpcError('resource_exhausted', `${length} bytes are over the limit`)
  const flags = buffer[start + 2] as number
  into.headBytes = headBytes
  into.status = buffer[start + 3] as number
  into.id = flags & bit.request && !(flags & bit.twoWay) ? 0 : buffer.readUInt32BE(start + 8)
  into.kind =
    flags & bit.event
      ? flags & bit.twoWay
        ? frameKind.ping
        : flags & bit.request
          ? frameKind.goaway
          : frameKind.pong
      : flags & bit.request
        ? frameKind.request
        : into.status === ok
          ? frameKind.reply
          : frameKind.error
  return headBytes + length
}

class DubboFrameState implements WireState {
  writeRequest(out: ProtobufWriter, call: Call, id: number, remainingMs: number): void {
    const attachments = { ...call.metadata, path: call.service.name, timeout: String(Math.min(remainingMs, 2 ** 31)) }
    this.#frame(out, bit.request | (id === 0 ? 0 : bit.twoWay), 0, id, () => {
      const [argument] = call.args
      if (typeof argument !== 'string') throw new RpcError('invalid_argument', 'expected a string')
      for (const text of [
        '2.0.2',
        call.service.name,
        '0.0.0',
        call.method.schema.name,
        'Ljava/lang/String;',
        argument,
      ]) {
        writeText(out, text)
      }
      writeMap(out, attachments)
    })
  }

  writeReply(out: ProtobufWriter, _method: Method, id: number, value: unknown, metadata: Metadata | undefined): void {
    this.#frame(out, 0, ok, id, () => {
      writeInt(out, 4)
      if (typeof value !== 'string') throw new RpcError('internal', 'expected a string')
      writeText(out, value)
      writeMap(out, metadata ?? {})
    })
  }

  writeError(out: ProtobufWriter, _m: Method | undefined, id: number, error: RpcError, notProcessed: boolean): void {
    this.#frame(out, 0, notProcessed ? refused : serviceError, id, () => writeText(out, error.message))
  }

  writeItem(): void {
    throw new RpcError('unimplemented', 'this wire carries no streams')
  }

  writeControl(out: ProtobufWriter, kind: number, { id = 0 }: Control = {}): void {
    const nil = () => out.raw(Uint8Array.of(0x4e))
    if (kind === frameKind.ping) this.#frame(out, bit.request | bit.twoWay | bit.event, 0, id, nil)
    else if (kind === frameKind.pong) this.#frame(out, bit.event, ok, id, nil)
    else if (kind === frameKind.goaway) this.#frame(out, bit.request | bit.event, 0, id, () => writeText(out, 'R'))
  }

  readRequest(from: ProtobufReader, _head: Head, find: Find, admit: Admit | undefined): Call {
    const [, path = '', version, method = '', descriptor] = [0, 1, 2, 3, 4].map(() => readText(from))
    const target: Target | RpcError = find(path, method, undefined, version === '0.0.0' ? undefined : version)
    if (target instanceof RpcError) throw target
    if (descriptor !== 'Ljava/lang/String;') throw malformed(`no method takes ${descriptor}`)
    const argument = readText(from)
    const { timeout, path: _path, ...metadata } = readMap(from)
    admit?.(target, metadata)
    return new Call(target.method, target.service, [argument], Number(timeout), metadata)
  }

  readReply(from: ProtobufReader, head: Head, _call: Call, sink: Sink): void {
    try {
      if (head.kind === frameKind.error) {
        sink.fail(new RpcError('unknown', readText(from), { retryable: head.status === refused }))
        return
      }
      if (readInt(from) !== 4) throw malformed('a result of an unknown kind')
      const value = readText(from)
      sink.reply(value, readMap(from))
    } catch (thrown) {
      sink.fail(RpcError.from(thrown, 'internal'))
    }
  }

  readOpening(): Metadata | undefined {
    return undefined
  }

  readItem(): unknown {
    return undefined
  }

  readCredit(): number {
    return 0
  }

  readControl(from: ProtobufReader, head: Head): News | undefined {
    if (head.kind !== frameKind.goaway || readText(from) !== 'R') return undefined
    return { kind: 'goaway', reason: new RpcError('unavailable', 'the provider is shutting down') }
  }

  settled(): boolean {
    return true
  }

  #frame(out: ProtobufWriter, flags: number, status: number, id: number, body: () => unknown): void {
    const start = out.skip(headBytes)
    try {
      body()
    } catch (thrown) {
      out.back(start)
      throw thrown
    }
    const view = new DataView(out.buf.buffer, out.buf.byteOffset + start)
    view.setUint16(0, 0xdabb)
    view.setUint8(2, flags | bit.hessian2)
    view.setUint8(3, status)
    view.setUint32(4, 0)
    view.setUint32(8, id)
    view.setUint32(12, out.pos - start - headBytes)
  }
}

/** A hessian 2 string in one chunk: 'S', its length in UTF-16 units, UTF-8. */
function writeText(out: ProtobufWriter, text: string): void {
  if (text.length > 0xffff) throw new RpcError('resource_exhausted', 'too long for one chunk')
  const at = out.skip(3)
  out.buf.set([0x53, text.length >>> 8, text.length & 0xff], at)
  out.raw(Buffer.from(text))
}

function readText(from: ProtobufReader): string {
  if (readByte(from) !== 0x53) throw malformed('no string')
  const units = (readByte(from) << 8) | readByte(from)
  const begin = from.pos
  for (let left = units; left > 0; left--) {
    const byte = readByte(from)
    // A pair of surrogates is one sequence of four bytes.
    if (byte >= 0xf0) left--
    from.pos += byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0
  }
  if (from.pos > from.len) throw malformed('a string runs past its frame')
  return from.buf.toString('utf8', begin, from.pos)
}

/** A hessian 2 int in its long form: 'I' and four bytes. */
function writeInt(out: ProtobufWriter, value: number): void {
  const at = out.skip(5)
  out.buf.set([0x49, value >>> 24, value >>> 16, value >>> 8, value], at)
}

function readInt(from: ProtobufReader): number {
  if (readByte(from) !== 0x49) throw malformed('no int')
  return (readByte(from) << 24) | (readByte(from) << 16) | (readByte(from) << 8) | readByte(from)
}

function writeMap(out: ProtobufWriter, map: Metadata): void {
  out.raw(Uint8Array.of(0x48))
  for (const [key, value] of Object.entries(map)) {
    writeText(out, key)
    writeText(out, String(value))
  }
  out.raw(Uint8Array.of(0x5a))
}

function readMap(from: ProtobufReader): Record<string, string> {
  if (readByte(from) !== 0x48) throw malformed('no map')
  const map: Record<string, string> = Object.create(null)
  while (from.buf[from.pos] !== 0x5a) {
    const key = readText(from)
    map[key] = readText(from)
  }
  from.pos++
  return map
}

function readByte(from: ProtobufReader): number {
  if (from.pos >= from.len) throw malformed('the frame is cut off')
  return from.buf[from.pos++] as number
}
