import { createHash } from 'node:crypto'

/** A rule's text, told apart from others: the first 12 hexadecimal digits of its SHA-256. */
export function revisionOf(text: Uint8Array): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
