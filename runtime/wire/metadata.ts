import { malformed, type ProtobufReader, type ProtobufWriter } from '../codec/protobuf.js'
import { type Metadata, RpcError } from '../error.js'

export const maxMetadataEntries = 64
export const maxMetadataBytes = 8192

const keyForm = /^[a-z0-9._-]{1,256}$/
/** Those seen before: a call's keys mostly are, and looking at each character is most of what they cost. */
const keys = new Set<string>()

function isKey(key: string): boolean {
  if (keys.has(key)) return true
  if (!keyForm.test(key)) return false
  // Strangers' keys may be without end.
  if (keys.size < 256) keys.add(key)
  return true
}

/**
 * Writes metadata as a protobuf message behind its length: repeated entries of (1: key, 2: text or 3: bytes).
 * Throws `invalid_argument` naming the key that breaks a rule: lower case `[a-z0-9._-]`, at most 64 entries and
 * 8 KiB together, strings, and bytes only under keys that end in `-bin`.
 */
export function writeMetadata(out: ProtobufWriter, metadata: Metadata): void {
  out.fork()
  const start = out.pos
  let count = 0
  for (const key in metadata) {
    const value = metadata[key]
    if (value === undefined || !Object.hasOwn(metadata, key)) continue
    checkEntry(key, value, ++count)
    out.uint32(10).fork().uint32(10).string(key)
    if (typeof value === 'string') out.uint32(18).string(value)
    else out.uint32(26).bytes(value)
    out.ldelim()
    checkBytes(key, out.pos - start)
  }
  out.ldelim()
}

/** Holds one entry to the rules; `count`: how many there are with it. Throws `invalid_argument` naming the key. */
export function checkEntry(key: string, value: unknown, count: number): void {
  if (!isKey(key)) throw refused(key, 'keys are lower case letters, digits, dot, dash and underscore')
  if (count > maxMetadataEntries) throw refused(key, `there may be ${maxMetadataEntries} entries at most`)
  if (key.endsWith('-bin')) {
    if (!(value instanceof Uint8Array)) throw refused(key, 'a key that ends in -bin carries a Uint8Array')
  } else if (typeof value !== 'string') {
    throw refused(key, 'its value must be a string; bytes need a key that ends in -bin')
  }
}

/** The same for their size, up to `key`. */
export function checkBytes(key: string, bytes: number): void {
  if (bytes > maxMetadataBytes) throw refused(key, `together they may have ${maxMetadataBytes} bytes at most`)
}

function refused(key: string, rule: string): RpcError {
  return new RpcError('invalid_argument', `metadata ${JSON.stringify(key.slice(0, 80))}: ${rule}`)
}

/** Reads what `writeMetadata` wrote; the same limits hold for what others send. Throws `malformed`. */
export function readMetadata(from: ProtobufReader): Metadata {
  const end = from.end()
  if (end - from.pos > maxMetadataBytes + 16) throw malformed(`metadata of more than ${maxMetadataBytes} bytes`)
  const metadata: Record<string, string | Uint8Array> = Object.create(null)
  let count = 0
  while (from.pos < end) {
    if (from.uint32() !== 10) throw malformed('metadata holds something that is no entry')
    if (++count > maxMetadataEntries) throw malformed(`metadata of more than ${maxMetadataEntries} entries`)
    const entryEnd = from.end()
    let key = ''
    let value: string | Uint8Array = ''
    while (from.pos < entryEnd) {
      const tag = from.uint32()
      if (tag === 10) key = from.string()
      else if (tag === 18) value = from.string()
      else if (tag === 26) value = Uint8Array.from(from.bytes())
      else from.skipType(tag & 7)
    }
    if (from.pos !== entryEnd || !isKey(key)) throw malformed('a metadata entry without a proper key')
    metadata[key] = value
  }
  if (from.pos !== end) throw malformed('metadata runs past its end')
  return metadata
}
