import { malformed } from '../codec/protobuf.js'
import { RpcError } from '../error.js'

/*
 * What the heads of both wires have in common:
 *
 *   0       2                    12         16
 *   | magic | each wire's own    |  length  |      big-endian; `length` counts the bytes behind the head
 */
export const headBytes = 16

/** Are these the first bytes of a frame, as far as they go? */
export function begins(magic: number, buffer: Buffer, start: number, end: number): boolean {
  if (end > start && buffer[start] !== magic >>> 8) return false
  return end <= start + 1 || buffer[start + 1] === (magic & 0xff)
}

/**
 * The bytes of the frame at `start`, its head included; 0 when more of it is needed to tell. Throws RpcError when none begins
 * there, or one of more than `maxFrameBytes`.
 */
export function frameLength(magic: number, buffer: Buffer, start: number, end: number, maxFrameBytes: number): number {
  if (!begins(magic, buffer, start, end)) throw strange(buffer, start, end)
  if (end - start < headBytes) return 0
  const length = headBytes + uint32At(buffer, start + 12)
  if (length > maxFrameBytes) throw tooLong(length, maxFrameBytes)
  return length
}

function tooLong(length: number, maxFrameBytes: number): RpcError {
  return new RpcError('resource_exhausted', `a frame of ${length} bytes is over the limit of ${maxFrameBytes}`)
}

function strange(buffer: Buffer, start: number, end: number): RpcError {
  return malformed(`no frame begins with the bytes ${buffer.toString('hex', start, Math.min(end, start + 4))}`)
}

export function putUint32(buf: Uint8Array, at: number, value: number): void {
  buf[at] = value >>> 24
  buf[at + 1] = value >>> 16
  buf[at + 2] = value >>> 8
  buf[at + 3] = value
}

/** Four byte loads cost a fifth of `readUInt32BE`. */
export function uint32At(buf: Uint8Array, at: number): number {
  const high = ((buf[at] as number) << 8) | (buf[at + 1] as number)
  return ((high << 16) | ((buf[at + 2] as number) << 8) | (buf[at + 3] as number)) >>> 0
}
