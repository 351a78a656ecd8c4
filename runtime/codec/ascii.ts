/** Texts up to this length are worth a look at their bytes one by one, both ways; native calls win behind it. */
export const shortText = 24

/**
 * The text in `length` bytes at `at` of `buf`; undefined if they are more than `shortText` or not all ASCII.
 *
 * A call of `utf8Slice` costs 55 ns whatever the length, and names, codes and tags are short. `String.fromCharCode` makes
 * a flat string of as many characters as it has arguments, in 7 ns for one and 40 ns for 24: hence an arm for each length.
 * Pieces put together by `+`, or `apply` on an array, take twice as long.
 */
export function asciiText(buf: Uint8Array, at: number, length: number): string | undefined {
  // biome-ignore format: a table of 24 arms that differ in their length only
  switch (length) {
    case 0:
      return ''
    case 1: {
      const a = buf[at]!
      return a < 128 ? String.fromCharCode(a) : undefined
    }
    case 2: {
      const a = buf[at]!, b = buf[at + 1]!
      return (a | b) < 128 ? String.fromCharCode(a, b) : undefined
    }
    case 3: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!
      return (a | b | c) < 128 ? String.fromCharCode(a, b, c) : undefined
    }
    case 4: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!
      return (a | b | c | d) < 128 ? String.fromCharCode(a, b, c, d) : undefined
    }
    case 5: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!
      return (a | b | c | d | e) < 128 ? String.fromCharCode(a, b, c, d, e) : undefined
    }
    case 6: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!
      return (a | b | c | d | e | f) < 128 ? String.fromCharCode(a, b, c, d, e, f) : undefined
    }
    case 7: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!
      return (a | b | c | d | e | f | g) < 128 ? String.fromCharCode(a, b, c, d, e, f, g) : undefined
    }
    case 8: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!
      return (a | b | c | d | e | f | g | h) < 128 ? String.fromCharCode(a, b, c, d, e, f, g, h) : undefined
    }
    case 9: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!, i = buf[at + 8]!
      return (a | b | c | d | e | f | g | h | i) < 128 ? String.fromCharCode(a, b, c, d, e, f, g, h, i) : undefined
    }
    case 10: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!, i = buf[at + 8]!, j = buf[at + 9]!
      if ((a | b | c | d | e | f | g | h | i | j) > 127) return undefined
      return String.fromCharCode(a, b, c, d, e, f, g, h, i, j)
    }
    case 11: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!, i = buf[at + 8]!, j = buf[at + 9]!, k = buf[at + 10]!
      if ((a | b | c | d | e | f | g | h | i | j | k) > 127) return undefined
      return String.fromCharCode(a, b, c, d, e, f, g, h, i, j, k)
    }
    case 12: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!, i = buf[at + 8]!, j = buf[at + 9]!, k = buf[at + 10]!, l = buf[at + 11]!
      if ((a | b | c | d | e | f | g | h | i | j | k | l) > 127) return undefined
      return String.fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l)
    }
    case 13: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!, i = buf[at + 8]!, j = buf[at + 9]!, k = buf[at + 10]!, l = buf[at + 11]!,
        m = buf[at + 12]!
      if ((a | b | c | d | e | f | g | h | i | j | k | l | m) > 127) return undefined
      return String.fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l, m)
    }
    case 14: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!, i = buf[at + 8]!, j = buf[at + 9]!, k = buf[at + 10]!, l = buf[at + 11]!,
        m = buf[at + 12]!, n = buf[at + 13]!
      if ((a | b | c | d | e | f | g | h | i | j | k | l | m | n) > 127) return undefined
      return String.fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l, m, n)
    }
    case 15: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!, i = buf[at + 8]!, j = buf[at + 9]!, k = buf[at + 10]!, l = buf[at + 11]!,
        m = buf[at + 12]!, n = buf[at + 13]!, o = buf[at + 14]!
      if ((a | b | c | d | e | f | g | h | i | j | k | l | m | n | o) > 127) return undefined
      return String.fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)
    }
    case 16: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!, i = buf[at + 8]!, j = buf[at + 9]!, k = buf[at + 10]!, l = buf[at + 11]!,
        m = buf[at + 12]!, n = buf[at + 13]!, o = buf[at + 14]!, p = buf[at + 15]!
      if ((a | b | c | d | e | f | g | h | i | j | k | l | m | n | o | p) > 127) return undefined
      return String.fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
    }
    case 17: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!, i = buf[at + 8]!, j = buf[at + 9]!, k = buf[at + 10]!, l = buf[at + 11]!,
        m = buf[at + 12]!, n = buf[at + 13]!, o = buf[at + 14]!, p = buf[at + 15]!, q = buf[at + 16]!
      if ((a | b | c | d | e | f | g | h | i | j | k | l | m | n | o | p | q) > 127) return undefined
      return String.fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q)
    }
    case 18: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!, i = buf[at + 8]!, j = buf[at + 9]!, k = buf[at + 10]!, l = buf[at + 11]!,
        m = buf[at + 12]!, n = buf[at + 13]!, o = buf[at + 14]!, p = buf[at + 15]!, q = buf[at + 16]!, r = buf[at + 17]!
      if ((a | b | c | d | e | f | g | h | i | j | k | l | m | n | o | p | q | r) > 127) return undefined
      return String.fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r)
    }
    case 19: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!, i = buf[at + 8]!, j = buf[at + 9]!, k = buf[at + 10]!, l = buf[at + 11]!,
        m = buf[at + 12]!, n = buf[at + 13]!, o = buf[at + 14]!, p = buf[at + 15]!, q = buf[at + 16]!,
        r = buf[at + 17]!, s = buf[at + 18]!
      if ((a | b | c | d | e | f | g | h | i | j | k | l | m | n | o | p | q | r | s) > 127) return undefined
      return String.fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s)
    }
    case 20: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!, i = buf[at + 8]!, j = buf[at + 9]!, k = buf[at + 10]!, l = buf[at + 11]!,
        m = buf[at + 12]!, n = buf[at + 13]!, o = buf[at + 14]!, p = buf[at + 15]!, q = buf[at + 16]!,
        r = buf[at + 17]!, s = buf[at + 18]!, t = buf[at + 19]!
      if ((a | b | c | d | e | f | g | h | i | j | k | l | m | n | o | p | q | r | s | t) > 127) return undefined
      return String.fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t)
    }
    case 21: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!, i = buf[at + 8]!, j = buf[at + 9]!, k = buf[at + 10]!, l = buf[at + 11]!,
        m = buf[at + 12]!, n = buf[at + 13]!, o = buf[at + 14]!, p = buf[at + 15]!, q = buf[at + 16]!,
        r = buf[at + 17]!, s = buf[at + 18]!, t = buf[at + 19]!, u = buf[at + 20]!
      if ((a | b | c | d | e | f | g | h | i | j | k | l | m | n | o | p | q | r | s | t | u) > 127) return undefined
      return String.fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u)
    }
    case 22: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!, i = buf[at + 8]!, j = buf[at + 9]!, k = buf[at + 10]!, l = buf[at + 11]!,
        m = buf[at + 12]!, n = buf[at + 13]!, o = buf[at + 14]!, p = buf[at + 15]!, q = buf[at + 16]!,
        r = buf[at + 17]!, s = buf[at + 18]!, t = buf[at + 19]!, u = buf[at + 20]!, v = buf[at + 21]!
      if ((a | b | c | d | e | f | g | h | i | j | k | l | m | n | o | p | q | r | s | t | u | v) > 127) return undefined
      return String.fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v)
    }
    case 23: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!, i = buf[at + 8]!, j = buf[at + 9]!, k = buf[at + 10]!, l = buf[at + 11]!,
        m = buf[at + 12]!, n = buf[at + 13]!, o = buf[at + 14]!, p = buf[at + 15]!, q = buf[at + 16]!,
        r = buf[at + 17]!, s = buf[at + 18]!, t = buf[at + 19]!, u = buf[at + 20]!, v = buf[at + 21]!, w = buf[at + 22]!
      if ((a | b | c | d | e | f | g | h | i | j | k | l | m | n | o | p | q | r | s | t | u | v | w) > 127) return undefined
      return String.fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w)
    }
    case 24: {
      const a = buf[at]!, b = buf[at + 1]!, c = buf[at + 2]!, d = buf[at + 3]!, e = buf[at + 4]!, f = buf[at + 5]!,
        g = buf[at + 6]!, h = buf[at + 7]!, i = buf[at + 8]!, j = buf[at + 9]!, k = buf[at + 10]!, l = buf[at + 11]!,
        m = buf[at + 12]!, n = buf[at + 13]!, o = buf[at + 14]!, p = buf[at + 15]!, q = buf[at + 16]!,
        r = buf[at + 17]!, s = buf[at + 18]!, t = buf[at + 19]!, u = buf[at + 20]!, v = buf[at + 21]!,
        w = buf[at + 22]!, x = buf[at + 23]!
      if ((a | b | c | d | e | f | g | h | i | j | k | l | m | n | o | p | q | r | s | t | u | v | w | x) > 127) return undefined
      return String.fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x)
    }
  }
  return undefined
}
