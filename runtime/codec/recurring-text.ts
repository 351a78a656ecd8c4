import { asciiText } from './ascii.js'

/*
 * Texts that come again and again, as codes, tags and the names of constants do, are the same string each time: looking for one
 * takes a quarter of making it, and leaves nothing for the garbage collector. One place for each of 512 hashes, for whatever came
 * there last; what comes once pays some 8 ns for it and is not kept.
 *
 *   words  | bytes 0-3 | bytes 4-7 | bytes 8-11 | length |  ...
 *   texts  | from when the same bytes came a second time  |  ...
 */
const places = 512
/** Longer texts are mostly somebody's own. */
export const recurringBytes = 12

const words = new Int32Array(places * 4)
const texts: (string | undefined)[] = new Array(places).fill(undefined)

/**
 * The text of the `length` bytes at `at`, up to `recurringBytes`, if they came before; else undefined, as where they aren't all ASCII.
 * `buf` and `view` are the same bytes and have `recurringBytes` of them at `at`.
 */
export function recurringText(buf: Uint8Array, view: DataView, at: number, length: number): string | undefined {
  let first = view.getInt32(at, true)
  let second = 0
  let third = 0
  if (length < 4) first &= (1 << (length << 3)) - 1
  else if (length > 4) {
    second = view.getInt32(at + 4, true)
    if (length < 8) second &= (1 << ((length - 4) << 3)) - 1
    else if (length > 8) {
      third = view.getInt32(at + 8, true)
      if (length < 12) third &= (1 << ((length - 8) << 3)) - 1
    }
  }
  const hash = Math.imul(first ^ Math.imul(second, 0x9e3779b1) ^ Math.imul(third, 0x85ebca6b), 0xc2b2ae35) >>> 23
  const place = hash << 2
  if (
    words[place] === first &&
    words[place + 1] === second &&
    words[place + 2] === third &&
    words[place + 3] === length
  ) {
    return texts[hash] ?? keep(buf, at, length, hash)
  }
  words[place] = first
  words[place + 1] = second
  words[place + 2] = third
  words[place + 3] = length
  texts[hash] = undefined
  return undefined
}

function keep(buf: Uint8Array, at: number, length: number, hash: number): string | undefined {
  const text = asciiText(buf, at, length)
  texts[hash] = text
  return text
}
