/*
 * MD5 (RFC 1321) of short texts, for the consistent hash that Dubbo has: a digest by node:crypto costs ten times as much as
 * the pick around it. It protects nothing here, it only spreads.
 */

const sines = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32))
const words = new Int32Array(16)
const encoder = new TextEncoder()
let bytes = new Uint8Array(1024)

/** The digest of a text's UTF-8 bytes as four words, read little-endian; the array is used again by the next call. */
export function md5(text: string): Int32Array {
  if (text.length * 3 > bytes.length) bytes = new Uint8Array(text.length * 3)
  let length = 0
  for (; length < text.length; length++) {
    const code = text.charCodeAt(length)
    if (code > 127) {
      length = encoder.encodeInto(text, bytes).written
      break
    }
    bytes[length] = code
  }
  state[0] = 0x67452301
  state[1] = 0xefcdab89
  state[2] = 0x98badcfe
  state[3] = 0x10325476
  let at = 0
  for (; at + 64 <= length; at += 64) {
    words.fill(0)
    take(at, at + 64)
    mix()
  }
  // The rest, a one bit, zeros, and the length in bits as the last two words.
  words.fill(0)
  take(at, length)
  words[(length - at) >> 2] = (words[(length - at) >> 2] as number) | (0x80 << (((length - at) & 3) * 8))
  if (length - at >= 56) {
    mix()
    words.fill(0)
  }
  words[14] = length << 3
  words[15] = length >>> 29
  mix()
  return state
}

const state = new Int32Array(4)

function take(from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const word = (i - from) >> 2
    words[word] = (words[word] as number) | ((bytes[i] as number) << (((i - from) & 3) * 8))
  }
}

/** One block of 16 words into the state: four rounds of 16 steps each, with the words in another order each time. */
function mix(): void {
  let a = state[0] as number
  let b = state[1] as number
  let c = state[2] as number
  let d = state[3] as number
  for (let i = 0; i < 16; i += 4) {
    a = (turn(a + ((b & c) | (~b & d)) + word(i, i), 7) + b) | 0
    d = (turn(d + ((a & b) | (~a & c)) + word(i + 1, i + 1), 12) + a) | 0
    c = (turn(c + ((d & a) | (~d & b)) + word(i + 2, i + 2), 17) + d) | 0
    b = (turn(b + ((c & d) | (~c & a)) + word(i + 3, i + 3), 22) + c) | 0
  }
  for (let i = 16; i < 32; i += 4) {
    a = (turn(a + ((d & b) | (~d & c)) + word(5 * i + 1, i), 5) + b) | 0
    d = (turn(d + ((c & a) | (~c & b)) + word(5 * i + 6, i + 1), 9) + a) | 0
    c = (turn(c + ((b & d) | (~b & a)) + word(5 * i + 11, i + 2), 14) + d) | 0
    b = (turn(b + ((a & c) | (~a & d)) + word(5 * i + 16, i + 3), 20) + c) | 0
  }
  for (let i = 32; i < 48; i += 4) {
    a = (turn(a + (b ^ c ^ d) + word(3 * i + 5, i), 4) + b) | 0
    d = (turn(d + (a ^ b ^ c) + word(3 * i + 8, i + 1), 11) + a) | 0
    c = (turn(c + (d ^ a ^ b) + word(3 * i + 11, i + 2), 16) + d) | 0
    b = (turn(b + (c ^ d ^ a) + word(3 * i + 14, i + 3), 23) + c) | 0
  }
  for (let i = 48; i < 64; i += 4) {
    a = (turn(a + (c ^ (b | ~d)) + word(7 * i, i), 6) + b) | 0
    d = (turn(d + (b ^ (a | ~c)) + word(7 * i + 7, i + 1), 10) + a) | 0
    c = (turn(c + (a ^ (d | ~b)) + word(7 * i + 14, i + 2), 15) + d) | 0
    b = (turn(b + (d ^ (c | ~a)) + word(7 * i + 21, i + 3), 21) + c) | 0
  }
  state[0] = (state[0] as number) + a
  state[1] = (state[1] as number) + b
  state[2] = (state[2] as number) + c
  state[3] = (state[3] as number) + d
}

/** The word that a step takes, with its constant. */
function word(index: number, step: number): number {
  return ((words[index & 15] as number) + (sines[step] as number)) | 0
}

/** To the left by so many bits; what leaves on the left comes back on the right. */
function turn(sum: number, bits: number): number {
  return (sum << bits) | (sum >>> (32 - bits))
}
