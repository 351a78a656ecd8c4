import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'

/**
 * Compares what a caller sent with what is right in a time that doesn't tell how much of it agrees. False for anything
 * that is no string.
 */
export function sameSecret(given: unknown, right: string): boolean {
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(right))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Where a secret lies: in a file (read again when it changes) or in an environment variable. Never in a URL. */
export type SecretSource = { readonly file: string } | { readonly env: string }

/** A file is looked at no more often than this, in milliseconds: reading a secret may be part of every call. */
const checkMs = 1000

/**
 * Reads a secret, now and again within a second of a change of its file; white space around it doesn't count. The returned
 * function throws Error that names the source, never what is in it.
 */
export function readSecret(source: SecretSource): () => string {
  if ('env' in source) {
    const value = process.env[source.env]?.trim()
    if (!value) throw new Error(`the environment variable ${source.env} is not set`)
    return () => value
  }
  let seen = ''
  let value = ''
  let checkedAt = Number.NEGATIVE_INFINITY
  return () => {
    if (performance.now() - checkedAt < checkMs) return value
    const { mtimeMs, size, ino } = statSync(source.file)
    const now = `${mtimeMs} ${size} ${ino}`
    if (now !== seen) {
      value = readFileSync(source.file, 'utf8').trim()
      seen = now
    }
    if (value === '') throw new Error(`the file ${source.file} is empty, but must hold a secret`)
    checkedAt = performance.now()
    return value
  }
}
