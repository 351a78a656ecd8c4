import { Call, type Sink } from '../call.js'
import { malformed, type ProtobufReader, type ProtobufWriter } from '../codec/protobuf.js'
import type { Admit, Find, Target } from '../dispatcher.js'
import { codeNumber, codeOf, type Metadata, RpcError } from '../error.js'
import { type Method, type Shape, streamsOut } from '../method.js'
import type { ServiceKey } from '../service-key.js'
import { contractConflict, contractText } from './contract.js'
import { Declarations } from './declarations.js'
import { readErrorBody, writeErrorBody } from './error-body.js'
import { frameLength, headBytes, putUint32, uint32At } from './frame-head.js'
import { readMetadata, writeMetadata } from './metadata.js'
import { noNumbers } from './numbers.js'
import { type Control, frameKind, type Head, type News, type Wire, type WireState } from './wire.js'

/*
 * The native wire, version 1. All integers of the head are big-endian; bodies are protobuf.
 *
 *   0       2      3       4            8        10       11         12           16
 *   | magic | kind | flags |     id     | method | status | reserved |   length   | deadline? metadata? body |
 *
 * `length` counts the bytes behind the head. Behind it come, as the flags say, the remaining milliseconds (u32) and
 * the metadata (behind its own length), then the body.
 *
 * The client speaks first and never waits: hello, then requests. Method numbers belong to the client and to this one
 * connection; a `declare` frame gives one its meaning and goes out in the same burst as the first request that uses it.
 */
export const magic = 0xf553
const wireVersion = 1

/** The most characters of each name in a declaration: what it says is kept for as long as the connection lives. */
const maxNameLength = 512

const flag = { metadata: 1, deadline: 2, compressed: 4, notProcessed: 8, unrecorded: 16 } as const

/** In a declaration: the contract's text, the last of the fields that control frames have. */
const contractField = 6
const controlFields = contractField + 1

/** What a list is before anything is in it. */
const none: never[] = []
/** A list of so many belongs to whoever has it. */
const ownedFrom = 8

export const native: Wire = {
  name: 'tsubo',
  magic,
  headBytes,
  greets: true,
  head,
  open: (limits) => new NativeState(limits.maxFrameBytes),
}

function head(buffer: Buffer, start: number, end: number, maxFrameBytes: number, into: Head): number {
  const length = frameLength(magic, buffer, start, end, maxFrameBytes)
  if (length === 0) return 0
  into.kind = buffer[start + 2] as number
  into.flags = buffer[start + 3] as number
  into.id = uint32At(buffer, start + 4)
  into.method = ((buffer[start + 8] as number) << 8) | (buffer[start + 9] as number)
  into.status = buffer[start + 10] as number
  into.headBytes = headBytes
  return length
}

/** A method that a client declared by another contract than ours, and was asked about. */
class Asked {
  readonly target: Target
  constructor(target: Target) {
    this.target = target
  }
}

class NativeState implements WireState {
  /** The largest frame to write: our own limit, or the other side's if that is lower. */
  #writeLimit: number
  readonly #maxFrameBytes: number
  /** What this side, the client, has declared. */
  #numbers = noNumbers
  /** By method number: what the other side, the client, has declared. */
  #targets: readonly (Target | RpcError | Asked | undefined)[] = none

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes
    this.#writeLimit = maxFrameBytes
  }

  writeRequest(out: ProtobufWriter, call: Call, id: number, remainingMs: number): void {
    const method = this.#numbers.of(call.method, call.service) ?? this.declare(out, call.method, call.service)
    const start = out.skip(headBytes)
    let flags = call.unrecorded ? flag.unrecorded : 0
    try {
      if (remainingMs !== Number.POSITIVE_INFINITY) {
        flags |= flag.deadline
        // At least 1: a call that still has time must not arrive with none. u32, 49 days, is the most that travels.
        const at = out.skip(4)
        putUint32(out.buf, at, Math.min(Math.max(remainingMs, 1), 0xffffffff))
      }
      if (call.metadata) {
        flags |= flag.metadata
        writeMetadata(out, call.metadata)
      }
      call.method.codec.args.write(out, call.args)
      this.finish(out, start, frameKind.request, flags, id, method, 0)
    } catch (thrown) {
      out.back(start)
      throw thrown
    }
  }

  writeReply(out: ProtobufWriter, method: Method, id: number, value: unknown, metadata: Metadata | undefined): void {
    const start = out.skip(headBytes)
    try {
      if (metadata) writeMetadata(out, metadata)
      if (!streamsOut(method)) method.codec.result.write(out, value)
      this.finish(out, start, frameKind.reply, metadata ? flag.metadata : 0, id, 0, 0)
    } catch (thrown) {
      out.back(start)
      throw thrown
    }
  }

  writeError(
    out: ProtobufWriter,
    method: Method | undefined,
    id: number,
    error: RpcError,
    notProcessed: boolean,
  ): void {
    const start = out.skip(headBytes)
    let flags = notProcessed ? flag.notProcessed : 0
    try {
      if (error.metadata) {
        flags |= flag.metadata
        writeMetadata(out, error.metadata)
      }
      writeErrorBody(out, method, error)
      this.finish(out, start, frameKind.error, flags, id, 0, codeNumber(error.code))
    } catch (thrown) {
      out.back(start)
      throw thrown
    }
  }

  writeItem(out: ProtobufWriter, shape: Shape<unknown>, id: number, value: unknown): void {
    const start = out.skip(headBytes)
    try {
      shape.write(out, value)
      this.finish(out, start, frameKind.item, 0, id, 0, 0)
    } catch (thrown) {
      out.back(start)
      throw thrown
    }
  }

  writeControl(out: ProtobufWriter, kind: number, control: Control = {}): void {
    const start = out.skip(headBytes)
    if (kind === frameKind.hello) out.uint32(8).uint32(wireVersion).uint32(16).uint32(this.#maxFrameBytes)
    const { reason, bytes, method = 0 } = control
    const declared = kind === frameKind.declare ? this.#numbers.methods[method] : undefined
    if (declared) out.uint32(50).string(contractText(declared))
    if (kind === frameKind.credit) out.uint32(8).uint32(bytes ?? 0)
    if (reason && kind === frameKind.goaway) out.uint32(10).string(reason.message)
    this.finish(out, start, kind, 0, control.id ?? 0, method, reason ? codeNumber(reason.code) : 0)
  }

  readRequest(from: ProtobufReader, head: Head, _find: Find, admit: Admit | undefined): Call {
    const target = this.#targets[head.method]
    if (target === undefined || target instanceof Asked)
      throw new RpcError('unimplemented', `method number ${head.method} was never declared`)
    if (target instanceof RpcError) throw target
    const { method, service } = target
    let remainingMs: number | undefined
    if (head.flags & flag.deadline) remainingMs = readUint32(from)
    const metadata = head.flags & flag.metadata ? readMetadata(from) : undefined
    admit?.(target, metadata)
    const args = method.codec.args.read(from)
    const call = new Call(method, service, args, remainingMs ?? Number.POSITIVE_INFINITY, metadata, head.arrivedAt)
    call.unrecorded = (head.flags & flag.unrecorded) !== 0
    return call
  }

  readReply(from: ProtobufReader, head: Head, sink: Sink): void {
    let metadata: Metadata | undefined
    let value: unknown
    try {
      if (head.flags & flag.metadata) metadata = readMetadata(from)
      value =
        head.kind === frameKind.error
          ? readError(from, head, sink.call.method, metadata)
          : sink.call.method.codec.result.read(from)
    } catch (thrown) {
      // The frame was whole, only its body isn't what our contract says: this call fails, the connection lives.
      sink.fail(RpcError.from(thrown, 'internal'))
      return
    }
    if (head.kind === frameKind.error) sink.fail(value as RpcError)
    else sink.reply(value, metadata)
  }

  readOpening(from: ProtobufReader, head: Head): Metadata | undefined {
    return head.flags & flag.metadata ? readMetadata(from) : undefined
  }

  readItem(from: ProtobufReader, shape: Shape<unknown>): unknown {
    return shape.read(from)
  }

  readCredit(from: ProtobufReader): number {
    return from.pos < from.len && from.uint32() === 8 ? from.uint32() : 0
  }

  readControl(from: ProtobufReader, head: Head, find: Find): News | undefined {
    const { method } = head
    const body = from.pos
    if (head.kind === frameKind.declare && !this.#numbers.methods[method] && !this.#targets[method]) {
      const known = Declarations.of(find).find(from)
      if (known) {
        this.#targets = this.#targets === none && method === 0 ? known : put(this.#targets, method, known[0])
        return undefined
      }
    }
    let texts: (string | undefined)[] = none
    let limit = this.#maxFrameBytes
    while (from.pos < from.len) {
      const tag = from.uint32()
      if ((tag & 7) === 2 && tag >>> 3 < controlFields) {
        if (texts === none) texts = new Array(controlFields)
        texts[tag >>> 3] = from.string()
      } else if (tag === 16) limit = from.uint32()
      else from.skipType(tag & 7)
    }
    if (head.kind === frameKind.hello) {
      this.#writeLimit = Math.min(this.#maxFrameBytes, Math.max(1024, limit))
    } else if (head.kind === frameKind.declare) {
      return this.takeDeclare(method, texts, find, from.buf.subarray(body, from.len))
    } else if (head.kind === frameKind.goaway) {
      const reason = new RpcError(head.status === 0 ? 'unavailable' : codeOf(head.status), texts[1] ?? 'going away')
      return { kind: 'goaway', reason }
    }
    return undefined
  }

  settled(head: Head): boolean {
    return !(this.#targets[head.method] instanceof Asked)
  }

  /**
   * Server: a client gives a number its meaning, or answers our question about its contract. Client: the server asks.
   * Equal hashes are the rule, and then nothing but a hash has travelled.
   */
  private takeDeclare(
    method: number,
    texts: readonly (string | undefined)[],
    find: Find,
    body: Buffer,
  ): News | undefined {
    if (this.#numbers.methods[method]) return { kind: 'asked', method }
    const [, service, name, group, version, hash, contract] = texts
    const known = this.#targets[method]
    if (known instanceof Asked && contract !== undefined) {
      this.#targets = put(this.#targets, method, contractConflict(known.target.method, contract) ?? known.target)
      return { kind: 'settled', method }
    }
    for (let field = 1; field < contractField; field++) {
      const { length } = texts[field] ?? ''
      if (length > maxNameLength) {
        throw malformed(`a declaration holds a name of ${length} characters; ${maxNameLength} are the most`)
      }
    }
    const target = find(service ?? '', name ?? '', group, version)
    if (target instanceof RpcError || !hash || hash === target.method.service.hash) {
      this.#targets = put(this.#targets, method, target)
      if (!(target instanceof RpcError)) Declarations.of(find).add(body, target)
      return undefined
    }
    this.#targets = put(this.#targets, method, new Asked(target))
    return { kind: 'ask', method }
  }

  private declare(out: ProtobufWriter, method: Method, service: ServiceKey): number {
    const number = this.#numbers.methods.length
    if (number > 0xffff) throw new RpcError('resource_exhausted', 'one connection can carry 65,536 methods')
    this.#numbers = this.#numbers.with(method, service)
    const start = out.skip(headBytes)
    out.uint32(10).string(service.name).uint32(18).string(method.schema.name)
    if (service.group !== undefined) out.uint32(26).string(service.group)
    if (service.version !== undefined) out.uint32(34).string(service.version)
    out.uint32(42).string(method.service.hash)
    writeHead(out, start, frameKind.declare, 0, 0, number, 0)
    return number
  }

  private finish(
    out: ProtobufWriter,
    start: number,
    kind: number,
    flags: number,
    id: number,
    method: number,
    status: number,
  ): void {
    const bytes = out.pos - start
    if (bytes > this.#writeLimit) throw tooLarge(bytes, this.#writeLimit)
    writeHead(out, start, kind, flags, id, method, status)
  }
}

function readError(from: ProtobufReader, head: Head, method: Method, metadata: Metadata | undefined): RpcError {
  return readErrorBody(from, method, codeOf(head.status), (head.flags & flag.notProcessed) !== 0, metadata)
}

/**
 * Puts a value into a list by number, mostly the next one. Short lists are copied: others may have the same one, and each has room
 * for no more than it holds, where V8 would set aside 17 places. Most connections carry a handful of methods, and many are idle.
 */
function put<T>(list: readonly T[], number: number, value: T): readonly T[] {
  if (number === list.length && number < ownedFrom) return list.concat([value])
  const into = list.length < ownedFrom ? list.slice() : (list as T[])
  into[number] = value
  return into
}

function tooLarge(bytes: number, limit: number): RpcError {
  return new RpcError('resource_exhausted', `it has ${bytes} bytes, over the limit of ${limit} (maxFrameBytes)`)
}

function writeHead(
  out: ProtobufWriter,
  start: number,
  kind: number,
  flags: number,
  id: number,
  method: number,
  status: number,
): void {
  const { buf } = out
  const length = out.pos - start - headBytes
  buf[start] = magic >>> 8
  buf[start + 1] = magic & 0xff
  buf[start + 2] = kind
  buf[start + 3] = flags
  putUint32(buf, start + 4, id)
  buf[start + 8] = method >>> 8
  buf[start + 9] = method
  buf[start + 10] = status
  buf[start + 11] = 0
  putUint32(buf, start + 12, length)
}

function readUint32(from: ProtobufReader): number {
  if (from.pos + 4 > from.len) throw malformed('the deadline is cut off')
  const value = uint32At(from.buf, from.pos)
  from.pos += 4
  return value
}
