import type { Type } from '../schema/schema.js'

/**
 * A value as Java's `String.valueOf` writes it, for hashes that a Java consumer must agree with: integers, decimals,
 * booleans, texts, enums, doubles and floats, and lists of them. Messages, whose text in Java is an object's identity,
 * dates, maps and bytes are written as JSON: the same value is the same text, but Java has another one.
 */
export function javaText(value: unknown, type: Type | undefined): string {
  if (value === undefined || value === null) return 'null'
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      if (type?.kind !== 'scalar') return String(value)
      return type.scalar === 'double'
        ? fraction(value, String(Math.abs(value)))
        : type.scalar === 'float'
          ? fraction(value, shortestFloat(Math.abs(value)))
          : String(value)
    case 'object':
      if (type?.kind === 'nullable') return javaText(value, type.of)
      if (type?.kind === 'array')
        return `[${Array.from(value as unknown[], (item) => javaText(item, type.item)).join(', ')}]`
      return JSON.stringify(value, plain)
    default:
      return String(value)
  }
}

/** What JSON can't carry. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Map || value instanceof Set) return [...value]
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
}

/** `Double.toString`: always with a fraction, scientific below 0.001 and from 10,000,000 on. `digits`: of the magnitude. */
function fraction(value: number, digits: string): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const magnitude = Math.abs(value)
  if (Number.isNaN(value)) return 'NaN'
  if (magnitude === Number.POSITIVE_INFINITY) return `${sign}Infinity`
  if (magnitude === 0) return `${sign}0.0`
  if (magnitude >= 1e-3 && magnitude < 1e7) return `${sign}${digits.includes('.') ? digits : `${digits}.0`}`
  const [mantissa = '', exponent = '0'] = digits.includes('e') ? digits.split('e') : scientific(digits)
  return `${sign}${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`
}

/** `12345678` as `1.2345678` and 7, `0.00012` as `1.2` and -4. */
function scientific(digits: string): [mantissa: string, exponent: string] {
  const [mantissa = '', exponent = '0'] = Number(digits).toExponential().split('e')
  return [mantissa, exponent]
}

/** The fewest digits that are this float again. */
function shortestFloat(magnitude: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = magnitude.toPrecision(digits)
    if (Math.fround(Number(text)) === Math.fround(magnitude)) return String(Number(text))
  }
  return String(Number(magnitude.toPrecision(9)))
}
