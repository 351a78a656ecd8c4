import { Call, type Sink } from '../call.js'
import { BytePattern } from '../codec/byte-pattern.js'
import { code, kindOf } from '../codec/hessian2/code.js'
import { Misread, reading } from '../codec/hessian2/misread.js'
import { HessianReader } from '../codec/hessian2/reader.js'
import { writeException } from '../codec/hessian2/throwable.js'
import { HessianWriter } from '../codec/hessian2/writer.js'
import { malformed, type ProtobufReader, type ProtobufWriter } from '../codec/protobuf.js'
import type { Admit, Find, Target } from '../dispatcher.js'
import { type Code, codes, type Metadata, RpcError } from '../error.js'
import { type Method, streamsIn, streamsOut } from '../method.js'
import type { ServiceKey } from '../service-key.js'
import { unrecordedTraceparent } from '../travelling.js'
import { genericMethod, javaMethod, shapesOf } from './dubbo-method.js'
import { invokeDescriptor, invokeName } from './dubbo-service.js'
import { frameLength, headBytes, putUint32, uint32At } from './frame-head.js'
import { checkBytes, checkEntry, maxMetadataBytes, maxMetadataEntries } from './metadata.js'
import { type Control, frameKind, type Head, type News, type Wire, type WireState } from './wire.js'

/*
 * Dubbo's own wire, as its Java speaks it since 2.7. All integers of the head are big-endian; bodies are hessian 2.
 *
 *   0     2       3        4                  12           16
 *   | DABB | flags | status |    request id    | body length | body |
 *
 * flags: 80 request, 40 two-way, 20 event, 02 hessian 2. A body is one stream of hessian values with one set of tables:
 *
 *   request   "2.0.2" path version method descriptor argument ... {attachments}
 *   response  kind (value or Throwable)? {attachments}
 *   others    text: the error of a status other than 20, "R" of the event by which a provider says that it goes away
 *
 * Dubbo's ExchangeCodec.java, DubboCodec.java, DecodeableRpcInvocation.java, DecodeableRpcResult.java.
 */
const magic = 0xdabb
const bit = { request: 0x80, twoWay: 0x40, event: 0x20, serialization: 0x1f } as const
const hessianId = 2

/** Not the release: which form requests and responses have. */
const protocolVersion = '2.0.2'
const noVersion = '0.0.0'

const status = {
  ok: 20,
  serializationError: 25,
  clientTimeout: 30,
  serverTimeout: 31,
  badRequest: 40,
  badResponse: 50,
  serviceNotFound: 60,
  serviceError: 70,
  serverError: 80,
  clientError: 90,
  exhausted: 100,
} as const

/** What a response holds; each once without and once with attachments. */
const kind = { error: 0, value: 1, nothing: 2, errorToo: 3, valueToo: 4, nothingToo: 5 } as const

/** Attachments that say what the frame is about, and so are nobody's metadata. */
const own = new Set(['path', 'interface', 'version', 'group', 'dubbo', 'timeout', '_to', 'tsubo-code', 'tsubo-error'])

export interface DubboWireOptions {
  /**
   * Serve generic calls (`$invoke`): any method by its name, with arguments and answer as maps. They pass the same admission,
   * limits and checks as others. Default false.
   */
  readonly generic?: boolean
}

export function dubboWire({ generic = false }: DubboWireOptions = {}): Wire {
  return {
    name: 'dubbo',
    magic,
    headBytes,
    greets: false,
    head,
    open: (limits) => new DubboState(limits.maxFrameBytes, generic),
  }
}

export const dubbo: Wire = dubboWire()

function head(buffer: Buffer, start: number, end: number, maxFrameBytes: number, into: Head): number {
  const length = frameLength(magic, buffer, start, end, maxFrameBytes)
  if (length === 0) return 0
  const flags = buffer[start + 2] as number
  into.flags = flags
  into.status = buffer[start + 3] as number
  into.id = uint32At(buffer, start + 8)
  into.idHigh = uint32At(buffer, start + 4)
  into.headBytes = headBytes
  into.kind = kindOfFrame(flags, into.status)
  if (flags & bit.request && !(flags & bit.twoWay)) {
    into.id = 0
    into.idHigh = 0
  }
  return length
}

function kindOfFrame(flags: number, of: number): number {
  if (flags & bit.event) {
    if (!(flags & bit.request)) return frameKind.pong
    return flags & bit.twoWay ? frameKind.ping : frameKind.goaway
  }
  if (flags & bit.request) return frameKind.request
  return of === status.ok ? frameKind.reply : frameKind.error
}

/** What is the same in all requests of a method to a service: the bytes before its arguments, and the first attachments. */
interface Envelope {
  readonly service: ServiceKey
  readonly head: Uint8Array
  readonly attachments: Uint8Array
  /** Where a method is called under several groups or versions. */
  readonly next: Envelope | undefined
}

/** By `Method.index`, process-wide. */
const envelopes: (Envelope | undefined)[] = []

function envelopeOf(method: Method, service: ServiceKey): Envelope {
  const first = envelopes[method.index]
  for (let envelope = first; envelope; envelope = envelope.next) if (envelope.service === service) return envelope
  const java = javaMethod(method)
  const version = service.version ?? noVersion
  const made: Envelope = {
    service,
    head: written((body) => {
      for (const text of [protocolVersion, java.service, version, java.name, java.descriptor]) body.string(text)
    }),
    attachments: written((body) => {
      body.map()
      entry(body, 'path', java.service)
      entry(body, 'interface', java.service)
      entry(body, 'version', version)
      if (service.group !== undefined) entry(body, 'group', service.group)
    }),
    next: first,
  }
  envelopes[method.index] = made
  return made
}

function written(write: (body: HessianWriter) => void): Uint8Array {
  const body = new HessianWriter().aim({ buf: new Uint8Array(256), pos: 0 })
  write(body)
  return body.buf.slice(0, body.pos)
}

/** How the attachments of every reply begin; with an end behind it, all of them for most. */
const attachmentsBegin = written((body) => {
  body.map()
  entry(body, 'dubbo', protocolVersion)
})
const plainAttachments = new BytePattern(Uint8Array.of(...attachmentsBegin, code.end))

/** So many different requests a connection remembers, and heads of so many bytes. */
const maxKnown = 64
const maxKnownBytes = 2048
/** So many different attachments of each: they differ by their timeout. */
const maxEndings = 8

/**
 * A request as it came before: what begins with the same bytes is for the same method, unless its attachments say otherwise. What
 * is asked for over and over is so looked up once, and read in one go.
 */
interface KnownRequest {
  readonly head: BytePattern
  readonly target: Target
  readonly path: string | undefined
  readonly version: string | undefined
  readonly group: string | undefined
  /** Attachments without metadata. */
  readonly endings: Ending[]
}

interface Ending {
  readonly bytes: BytePattern
  readonly remainingMs: number
}

/** Undefined: it has to be read from its beginning, because something about it is another way. */
function readKnown(head: Head, known: KnownRequest): Call | undefined {
  const { method, service } = known.target
  reader.pos += known.head.length
  let args: readonly unknown[]
  let metadata: Metadata | undefined
  let remainingMs: number | undefined
  try {
    args = shapesOf(method).args.read(reader)
    remainingMs = endingAt(known)
    if (remainingMs === undefined) {
      const start = reader.pos
      const attachments = readAttachments()
      const { path, version, group } = attachments
      if (path !== known.path || version !== known.version || group !== known.group) return undefined
      metadata = metadataOf(attachments)
      remainingMs = remainingOf(attachments)
      if (!metadata && known.endings.length < maxEndings && reader.pos - start <= maxKnownBytes) {
        known.endings.push({ bytes: new BytePattern(reader.buf.subarray(start, reader.len)), remainingMs })
      }
    }
  } catch {
    return undefined
  }
  return new Call(method, service, args, remainingMs, metadata, head.arrivedAt)
}

function endingAt({ endings }: KnownRequest): number | undefined {
  const length = reader.len - reader.pos
  for (let i = 0; i < endings.length; i++) {
    const { bytes, remainingMs } = endings[i] as Ending
    if (bytes.length === length && reader.begins(bytes)) return remainingMs
  }
  return undefined
}

/** Are these the attachments of a reply that has no metadata? */
function isPlain(from: HessianReader): boolean {
  return from.len - from.pos === plainAttachments.length && from.begins(plainAttachments)
}

function remainingOf({ timeout }: Attachments): number {
  const remainingMs = Number(timeout)
  return remainingMs > 0 ? remainingMs : Number.POSITIVE_INFINITY
}

// Frames are written and read one after the other, each wholly: one cursor of each kind serves the process.
const writer = new HessianWriter()
const reader = new HessianReader()
/** For what wasn't sent: the other one keeps its view of the bytes that were. */
const nullReader = new HessianReader()
const nullBytes = Buffer.of(code.null)

class DubboState implements WireState {
  readonly #maxFrameBytes: number
  /** Ids of the other side that are no number of ours: Java begins to count anywhere in 64 bits. */
  readonly #ids = new Map<number, readonly [high: number, low: number]>()
  #lastId = 0
  /** What the other side, a client, has asked for before. */
  readonly #requests: KnownRequest[] = []
  #lastRequest = 0

  readonly #generic: boolean

  constructor(maxFrameBytes: number, generic: boolean) {
    this.#maxFrameBytes = maxFrameBytes
    this.#generic = generic
  }

  /** Gives a two-way request of the other side a number that stands for its id until it is answered. */
  takeIn(head: Head): void {
    if ((head.kind !== frameKind.request && head.kind !== frameKind.ping) || !(head.flags & bit.twoWay)) return
    if (head.idHigh === 0 && head.id !== 0) return
    const id = --this.#lastId
    this.#ids.set(id, [head.idHigh, head.id])
    head.id = id
    head.idHigh = 0
  }

  writeRequest(out: ProtobufWriter, call: Call, id: number, remainingMs: number): void {
    const { method, service } = call
    if (streamsOut(method) || streamsIn(method)) {
      throw new RpcError('unimplemented', `${method.path} streams, and Dubbo's own wire carries no streams`)
    }
    const envelope = envelopeOf(method, service)
    this.frame(out, bit.request | (id === 0 ? 0 : bit.twoWay), 0, id, (body) => {
      body.raw(envelope.head)
      javaMethod(method).codec.args.write(body, call.args)
      body.raw(envelope.attachments)
      if (remainingMs !== Number.POSITIVE_INFINITY) {
        // As text, and at least 1: Java reads 0 as "no limit".
        entry(body, 'timeout', String(Math.min(Math.max(remainingMs, 1), 0x7fffffff)))
      }
      writeMetadata(body, call.metadata)
      if (call.unrecorded && !call.metadata?.traceparent) entry(body, 'traceparent', unrecordedTraceparent())
      body.end()
    })
  }

  writeReply(out: ProtobufWriter, method: Method, id: number, value: unknown, metadata: Metadata | undefined): void {
    this.frame(out, 0, status.ok, id, (body) => {
      const at = body.pos
      body.int(kind.valueToo)
      shapesOf(method).result.write(body, value)
      if (body.pos === at + 2 && body.buf[at + 1] === code.null) {
        body.buf[at] = code.int1 + kind.nothingToo
        body.pos = at + 1
      }
      body.raw(attachmentsBegin)
      writeMetadata(body, metadata)
      body.end()
    })
  }

  /**
   * What a handler threw is an answer: a Throwable. What no handler saw is a status that makes consumers ask elsewhere.
   */
  writeError(
    out: ProtobufWriter,
    method: Method | undefined,
    id: number,
    error: RpcError,
    notProcessed: boolean,
  ): void {
    if (notProcessed) {
      this.frame(out, 0, refusal(error.code), id, (body) => body.string(error.message))
      return
    }
    this.frame(out, 0, status.ok, id, (body) => {
      body.int(kind.errorToo)
      if (method) shapesOf(method).thrown.write(body, error)
      else writeException(body, error)
      body.raw(attachmentsBegin)
      entry(body, 'tsubo-code', error.code)
      const more = moreText(error)
      if (more !== undefined) entry(body, 'tsubo-error', more)
      writeMetadata(body, error.metadata)
      body.end()
    })
  }

  writeItem(): void {
    throw new RpcError('unimplemented', "Dubbo's own wire carries no streams")
  }

  writeControl(out: ProtobufWriter, of: number, { id = 0 }: Control = {}): void {
    const nil = (body: HessianWriter) => body.nil()
    if (of === frameKind.ping) this.frame(out, bit.request | bit.twoWay | bit.event, 0, id, nil)
    else if (of === frameKind.pong) this.frame(out, bit.event, status.ok, id, nil)
    else if (of === frameKind.goaway) this.frame(out, bit.request | bit.event, 0, id, (body) => body.string('R'))
  }

  readRequest(from: ProtobufReader, head: Head, find: Find, admit: Admit | undefined): Call {
    const serialization = head.flags & bit.serialization
    if (serialization !== hessianId) {
      throw new RpcError('unimplemented', `serialization ${serialization} is not spoken here; hessian2 (2) is`)
    }
    // Who has to be let in is let in before an argument is read.
    reader.aim(from)
    const known = admit === undefined ? this.known() : undefined
    const quick = known && readKnown(head, known)
    if (quick !== undefined) return quick
    const start = from.pos
    reader.aim(from)
    return reading('request', () => {
      nullableString()
      const path = nullableString()
      const version = nullableString()
      const name = nullableString()
      const types = nullableString()
      const count = parameters(types)
      const behindHead = reader.pos
      // The group is told behind the arguments, and nothing is made of those before it is known whose they are.
      const attachments = reader.lookahead(() => {
        for (let i = 0; i < count; i++) reader.skip()
        return readAttachments()
      })
      const { group } = attachments
      const of = attachments.version ?? version
      const generic = name === invokeName && this.#generic
      if (generic) checkGeneric(types, attachments)
      const named = generic ? reader.string() : name
      const target = find(attachments.path ?? path, named, group, of === noVersion || of === '' ? undefined : of)
      if (target instanceof RpcError) {
        const hint = name === invokeName && !generic ? '; generic calls are switched off here' : ''
        throw hint ? new RpcError(target.code, target.message + hint) : target
      }
      const { method, service } = target
      if (streamsOut(method) || streamsIn(method)) {
        throw new RpcError('unimplemented', `${method.path} streams, and Dubbo's own wire carries no streams`)
      }
      if (!generic) {
        checkCount(method, count)
        if (admit === undefined && known === undefined) {
          this.remember(from.buf.subarray(start, behindHead), target, attachments)
        }
      }
      const metadata = metadataOf(attachments)
      admit?.(target, metadata)
      const args = generic ? readGenericArgs(method) : shapesOf(method).args.read(reader)
      return new Call(
        generic ? genericMethod(method) : method,
        service,
        args,
        remainingOf(attachments),
        metadata,
        head.arrivedAt,
      )
    })
  }

  readReply(from: ProtobufReader, head: Head, sink: Sink): void {
    const { call } = sink
    let value: unknown
    let error: RpcError | undefined
    let metadata: Metadata | undefined
    try {
      reader.aim(from)
      if (head.kind === frameKind.error) error = statusError(head.status, nullableString())
      else {
        const { codec } = javaMethod(call.method)
        const of = reader.int()
        if (of === kind.value || of === kind.valueToo) value = codec.result.read(reader)
        else if (of === kind.error || of === kind.errorToo) error = codec.thrown.read(reader)
        else if (of !== kind.nothing && of !== kind.nothingToo) throw malformed(`a reply of the unknown kind ${of}`)
        if (of >= kind.errorToo && !isPlain(reader)) {
          const attachments = readAttachments()
          metadata = metadataOf(attachments)
          if (error) error = asItWas(error, call, attachments, metadata)
        }
        // The result's own shape says what a null is, or that there may be none.
        if (!error && (of === kind.nothing || of === kind.nothingToo)) {
          value = codec.result.read(nullReader.aim({ buf: nullBytes, pos: 0, len: 1 }))
        }
      }
    } catch (thrown) {
      error =
        thrown instanceof Misread
          ? malformed(`reply${thrown.path}: ${thrown.message}`)
          : RpcError.from(thrown, 'internal')
    }
    if (error) sink.fail(error)
    else sink.reply(value, metadata)
  }

  readOpening(): Metadata | undefined {
    return undefined
  }

  readItem(): unknown {
    throw malformed("Dubbo's own wire carries no streams")
  }

  readCredit(): number {
    return 0
  }

  readControl(from: ProtobufReader, head: Head): News | undefined {
    if (head.kind !== frameKind.goaway) return undefined
    reader.aim(from)
    const event = reading('event', () => (kindOf(reader.peek()) === 'string' ? reader.string() : undefined))
    if (event !== 'R') return undefined
    return { kind: 'goaway', reason: new RpcError('unavailable', 'the provider is shutting down') }
  }

  settled(): boolean {
    return true
  }

  /** The request of this connection that began with the same bytes. */
  private known(): KnownRequest | undefined {
    const last = this.#requests[this.#lastRequest]
    if (last !== undefined && reader.begins(last.head)) return last
    for (let i = 0; i < this.#requests.length; i++) {
      const request = this.#requests[i] as KnownRequest
      if (request === last || !reader.begins(request.head)) continue
      this.#lastRequest = i
      return request
    }
    return undefined
  }

  private remember(head: Uint8Array, target: Target, { path, version, group }: Attachments): void {
    if (this.#requests.length >= maxKnown || head.length > maxKnownBytes) return
    this.#requests.push({ head: new BytePattern(head), target, path, version, group, endings: [] })
  }

  private frame(
    out: ProtobufWriter,
    flags: number,
    of: number,
    id: number,
    write: (body: HessianWriter) => void,
  ): void {
    const start = out.skip(headBytes)
    writer.aim(out)
    try {
      write(writer)
      const bytes = writer.pos - start
      if (bytes > this.#maxFrameBytes) {
        throw new RpcError(
          'resource_exhausted',
          `it has ${bytes} bytes, over the limit of ${this.#maxFrameBytes} (maxFrameBytes)`,
        )
      }
    } catch (thrown) {
      out.back(start)
      throw thrown
    }
    if (writer.buf !== out.buf) {
      out.buf = writer.buf
      out.view = null
    }
    out.pos = writer.pos
    const known = this.#ids.size === 0 ? undefined : this.#ids.get(id)
    if (known) this.#ids.delete(id)
    const [high, low] = known ?? [0, id]
    const { buf } = out
    buf[start] = magic >>> 8
    buf[start + 1] = magic & 0xff
    buf[start + 2] = flags | hessianId
    buf[start + 3] = of
    putUint32(buf, start + 4, high)
    putUint32(buf, start + 8, low)
    putUint32(buf, start + 12, out.pos - start - headBytes)
  }
}

function checkCount(method: Method, count: number): void {
  const { length } = method.schema.params
  if (count !== length) throw new RpcError('unimplemented', `${method.path} takes ${length} arguments, not ${count}`)
}

/** The one form of generic calls that is plain data. The others name codecs, or classes to make. */
function checkGeneric(types: string, { generic }: Attachments): void {
  if (types !== invokeDescriptor) {
    throw new RpcError('unimplemented', `${invokeName} takes a name, the names of types, and arguments`)
  }
  if (generic !== 'true') {
    const shown = JSON.stringify((generic ?? '').slice(0, 40))
    throw new RpcError('unimplemented', `generic=${shown} is not spoken here; generic="true" is`)
  }
}

/** The names of the types, which are nobody's business here, and the arguments, each in whatever form. */
function readGenericArgs(method: Method): readonly unknown[] {
  reader.skip()
  if (reader.nil()) {
    checkCount(method, 0)
    return []
  }
  const slot = reader.open()
  const length = reader.list()
  checkCount(method, length)
  return reader.close(slot, shapesOf(method).args.read(reader))
}

function entry(body: HessianWriter, key: string, value: string): void {
  body.string(key)
  body.string(value)
}

/** Metadata as attachments: strings, for 2.7 knows no others; bytes as base64. Throws `invalid_argument`. */
function writeMetadata(body: HessianWriter, metadata: Metadata | undefined): void {
  if (!metadata) return
  const start = body.pos
  let count = 0
  for (const [key, value] of Object.entries(metadata)) {
    if (value === undefined) continue
    checkEntry(key, value, ++count)
    if (own.has(key)) {
      throw new RpcError('invalid_argument', `metadata ${key}: Dubbo's wire has an attachment of this name`)
    }
    entry(body, key, typeof value === 'string' ? value : Buffer.from(value).toString('base64'))
    checkBytes(key, body.pos - start)
  }
}

type Attachments = Readonly<Record<string, string | undefined>>

/** The map behind the arguments or the value; null and none count as empty. What is no text is passed over. */
function readAttachments(): Attachments {
  const attachments: Record<string, string> = Object.create(null)
  if (reader.pos === reader.len || reader.nil()) return attachments
  const slot = reader.open()
  const start = reader.pos
  reader.map()
  for (let count = 0; !reader.ends(); count++) {
    const key = kindOf(reader.peek()) === 'string' ? reader.string() : reader.skip()
    const value = kindOf(reader.peek()) === 'string' ? reader.string() : reader.skip()
    if (count >= maxMetadataEntries + own.size || reader.pos - start > 2 * maxMetadataBytes) {
      throw new Misread(`it has more attachments than ${maxMetadataEntries}, or ${2 * maxMetadataBytes} bytes of them`)
    }
    if (key !== undefined && value !== undefined) attachments[key] = value
  }
  return reader.close(slot, attachments)
}

/** What is left for handlers and callers; keys in lower case, as on the other wires. */
function metadataOf(attachments: Attachments): Metadata | undefined {
  let metadata: Record<string, string | Uint8Array> | undefined
  for (const [key, value] of Object.entries(attachments)) {
    const name = key.toLowerCase()
    if (value === undefined || own.has(name) || !/^[a-z0-9._-]{1,256}$/.test(name)) continue
    metadata ??= Object.create(null) as Record<string, string | Uint8Array>
    metadata[name] = name.endsWith('-bin') ? new Uint8Array(Buffer.from(value, 'base64')) : value
  }
  return metadata
}

function nullableString(): string {
  return reader.nil() ? '' : reader.string()
}

/** How many types a descriptor names: `ILjava/util/List;[[J` is three. */
function parameters(text: string): number {
  const types = text.match(/\[*(?:[ZBCDFIJS]|L[^;]+;)/g) ?? []
  if (types.join('') !== text) throw new Misread('the types of the parameters are no descriptor')
  return types.length
}

/** The status for what no handler saw. */
function refusal(of: Code): number {
  if (of === 'unimplemented') return status.serviceNotFound
  return of === 'unavailable' || of === 'resource_exhausted' ? status.exhausted : status.badRequest
}

const statusCodes: Readonly<Record<number, Code>> = {
  [status.serializationError]: 'internal',
  [status.clientTimeout]: 'deadline_exceeded',
  [status.serverTimeout]: 'deadline_exceeded',
  [status.badRequest]: 'invalid_argument',
  [status.badResponse]: 'internal',
  [status.serviceNotFound]: 'unimplemented',
  [status.serviceError]: 'unavailable',
  [status.serverError]: 'unavailable',
  [status.clientError]: 'internal',
  [status.exhausted]: 'unavailable',
}

/** A status other than 20. Only where it says that no handler saw the request may any method be tried elsewhere. */
function statusError(of: number, text: string): RpcError {
  const unseen = of === status.badRequest || of === status.serviceNotFound || of === status.exhausted
  // Java sends its whole stack: its first line says what happened.
  const [line = ''] = text.split('\n', 1)
  return new RpcError(statusCodes[of] ?? 'unknown', line.slice(0, 2000) || `the provider answered with status ${of}`, {
    retryable: unseen,
  })
}

/** An error of a provider of ours, as it was: its code, and what else it said. */
function asItWas(error: RpcError, call: Call, attachments: Attachments, metadata: Metadata | undefined): RpcError {
  const told = codes.find((known) => known === attachments['tsubo-code'])
  if (!told) return Object.assign(error, { metadata })
  const said = moreOf(attachments['tsubo-error'])
  if (error.type !== undefined) return Object.assign(error, { metadata, code: told }, said)
  // Who called without a contract knows the exception by its name alone.
  const named = call.method.schema.name === invokeName && error.details ? { details: error.details } : {}
  return RpcError.untraced(told, error.message, { ...named, ...said, ...(metadata && { metadata }) })
}

/** What Java has no place for, as JSON; absent where there is nothing. */
function moreText({ retryAfterMs, details }: RpcError): string | undefined {
  if (retryAfterMs === undefined && !details) return undefined
  const text = JSON.stringify({ retryAfterMs, details })
  return text.length > maxMetadataBytes ? undefined : text
}

/** Reads it; whatever it isn't is left out. */
function moreOf(text: string | undefined): {
  readonly retryAfterMs?: number
  readonly details?: Record<string, string>
} {
  if (text === undefined || text.length > maxMetadataBytes) return {}
  try {
    const { retryAfterMs, details } = JSON.parse(text) as { readonly retryAfterMs: unknown; readonly details: unknown }
    const texts = Object.entries(details ?? {}).filter(([, value]) => typeof value === 'string')
    return {
      ...(typeof retryAfterMs === 'number' && retryAfterMs >= 0 && { retryAfterMs }),
      ...(details !== undefined && { details: Object.assign(Object.create(null), Object.fromEntries(texts)) }),
    }
  } catch {
    return {}
  }
}
