import type { ProtobufReader, ProtobufWriter } from '../codec/protobuf.js'
import { type Code, type Metadata, RpcError } from '../error.js'
import type { Method } from '../method.js'

/** Further details are dropped by whoever reads: an error is no place to send data in. */
const maxDetails = 64

/**
 * Writes what an error says, as a protobuf message: 1 message, 2 full name and 3 bytes of a declared error, 4 retryAfterMs,
 * 5 repeated (1 key, 2 value) of its details. Its code and its metadata travel beside it. Throws RpcError for fields of a
 * declared error that don't fit.
 */
export function writeErrorBody(out: ProtobufWriter, method: Method | undefined, error: RpcError): void {
  out.uint32(10).string(error.message)
  const shape = error.type === undefined ? undefined : method?.codec.error(error.type)
  if (shape && error.type !== undefined) {
    out.uint32(18).string(error.type).uint32(26).fork()
    shape.write(out, error)
    out.ldelim()
  }
  if (error.retryAfterMs !== undefined) out.uint32(32).uint32(Math.max(0, error.retryAfterMs))
  for (const [key, value] of Object.entries(error.details ?? {})) {
    out.uint32(42).fork().uint32(10).string(key).uint32(18).string(value).ldelim()
  }
}

/** Reads what `writeErrorBody` wrote: one of the errors that `method` declares, or else an RpcError with this code. */
export function readErrorBody(
  from: ProtobufReader,
  method: Method,
  code: Code,
  retryable: boolean,
  metadata: Metadata | undefined,
): RpcError {
  let message = ''
  let type: string | undefined
  let declared: RpcError | undefined
  let retryAfterMs: number | undefined
  let details: Record<string, string> | undefined
  while (from.pos < from.len) {
    const tag = from.uint32()
    if (tag === 10) message = from.string()
    else if (tag === 18) type = from.string()
    else if (tag === 26) {
      const end = from.end()
      const shape = type === undefined ? undefined : method.codec.error(type)
      const frameEnd = from.len
      from.len = end
      if (shape) declared = shape.read(from)
      from.pos = end
      from.len = frameEnd
    } else if (tag === 32) retryAfterMs = from.uint32()
    else if (tag === 42) {
      details ??= Object.create(null) as Record<string, string>
      readDetail(from, details)
    } else from.skipType(tag & 7)
  }
  if (declared) return Object.assign(declared, { message, metadata, retryAfterMs, details })
  const options = {
    retryable,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(type !== undefined && { type }),
    ...(details && { details }),
    ...(metadata && { metadata }),
  }
  return RpcError.untraced(code, message, options)
}

function readDetail(from: ProtobufReader, into: Record<string, string>): void {
  const end = from.end()
  let key = ''
  let value = ''
  while (from.pos < end) {
    const tag = from.uint32()
    if (tag === 10) key = from.string()
    else if (tag === 18) value = from.string()
    else from.skipType(tag & 7)
  }
  if (Object.keys(into).length < maxDetails) into[key] = value
}
