/*
 * Numbers of four bytes, big-endian, by the byte: Buffer's own functions take several times as long, and these peers say what is
 * the least that something can take.
 */
export function putUint32(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24
  into[at + 1] = value >>> 16
  into[at + 2] = value >>> 8
  into[at + 3] = value
}

export function uint32At(from: Uint8Array, at: number): number {
  return ((from[at]! << 24) | (from[at + 1]! << 16) | (from[at + 2]! << 8) | from[at + 3]!) >>> 0
}
