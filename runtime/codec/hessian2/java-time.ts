import { Misread, shown } from './misread.js'
import type { JavaObject } from './value.js'

/**
 * java.time as Dubbo's hessian writes it: objects of its own classes, `...Handle`, whose fields are the parts
 * (hessian-lite, `com.alibaba.com.caucho.hessian.io.java8`).
 */
const within = 'com.alibaba.com.caucho.hessian.io.'

/** Reads the fields of a handle or of another object that stands for a moment or a text. */
class Parts {
  readonly name: string
  readonly #fields: Readonly<Record<string, unknown>>

  constructor({ className, fields }: JavaObject) {
    this.name = className.startsWith(within) ? className.slice(className.lastIndexOf('.') + 1) : className
    this.#fields = fields
  }

  /** A whole number; 0 where it is left out. */
  number(field: string): number {
    const value = this.#fields[field] ?? 0
    const number = typeof value === 'bigint' ? Number(value) : value
    if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw this.wrong(field)
    return number
  }

  text(field: string): string {
    const value = this.#fields[field]
    if (typeof value !== 'string') throw this.wrong(field)
    return value
  }

  parts(field: string): Parts {
    const value = this.#fields[field]
    if (typeof value !== 'object' || value === null || !('className' in value)) throw this.wrong(field)
    return new Parts(value as JavaObject)
  }

  raw(field: string): unknown {
    return this.#fields[field]
  }

  wrong(field: string): Misread {
    return new Misread(`${shown(this.name)} has no such ${field}`)
  }
}

/**
 * The moment of a java.time object, in milliseconds; undefined for what is none. What has no zone is taken as UTC.
 * Nanoseconds are cut off.
 */
export function momentOf(object: JavaObject): number | undefined {
  const time = timeOf(new Parts(object))
  if (time !== undefined && !(Math.abs(time) <= 8.64e15)) throw new Misread('a time is outside of what a Date holds')
  return time
}

function timeOf(parts: Parts): number | undefined {
  switch (parts.name) {
    case 'InstantHandle':
      return parts.number('seconds') * 1000 + Math.floor(parts.number('nanos') / 1e6)
    case 'LocalDateHandle': {
      const date = new Date(0)
      // Not Date.UTC, which takes the year 99 for 1999.
      date.setUTCFullYear(parts.number('year'), parts.number('month') - 1, parts.number('day'))
      return date.getTime()
    }
    case 'LocalDateTimeHandle':
      return (timeOf(parts.parts('date')) ?? 0) + millisecondsOfDay(parts.parts('time'))
    case 'OffsetDateTimeHandle':
    case 'ZonedDateTimeHandle': {
      const local = timeOf(parts.parts('dateTime'))
      return local === undefined ? undefined : local - parts.parts('offset').number('seconds') * 1000
    }
    case 'java.sql.Timestamp':
    case 'java.sql.Date':
    case 'java.sql.Time': {
      const value = parts.raw('value')
      return value instanceof Date ? value.getTime() : undefined
    }
    case 'CalendarHandle': {
      const date = parts.raw('date')
      return date instanceof Date ? date.getTime() : undefined
    }
    default:
      return undefined
  }
}

function millisecondsOfDay(time: Parts): number {
  const seconds = (time.number('hour') * 60 + time.number('minute')) * 60 + time.number('second')
  return seconds * 1000 + Math.floor(time.number('nano') / 1e6)
}

/**
 * The text of an object that has one: java.time as its own `toString` writes it, enums, UUID, Locale, Class and numbers.
 * Undefined for all others.
 */
export function textOf(object: JavaObject): string | undefined {
  return text(new Parts(object))
}

function text(parts: Parts): string | undefined {
  switch (parts.name) {
    case 'LocalDateHandle':
      return `${year(parts.number('year'))}-${two(parts.number('month'))}-${two(parts.number('day'))}`
    case 'LocalTimeHandle':
      return timeText(parts)
    case 'LocalDateTimeHandle':
      return `${text(parts.parts('date'))}T${timeText(parts.parts('time'))}`
    case 'InstantHandle':
      return instantText(parts.number('seconds'), parts.number('nanos'))
    case 'ZoneOffsetHandle':
      return offsetText(parts.number('seconds'))
    case 'ZoneIdHandle':
      return parts.text('zoneId')
    case 'OffsetDateTimeHandle':
      return `${text(parts.parts('dateTime'))}${text(parts.parts('offset'))}`
    case 'OffsetTimeHandle':
      return `${timeText(parts.parts('localTime'))}${text(parts.parts('zoneOffset'))}`
    case 'ZonedDateTimeHandle': {
      const [offset, zone] = [text(parts.parts('offset')), parts.raw('zoneId')]
      const local = `${text(parts.parts('dateTime'))}${offset}`
      return typeof zone === 'string' && zone !== offset ? `${local}[${zone}]` : local
    }
    case 'DurationHandle':
      return durationText(parts.number('seconds'), parts.number('nanos'))
    case 'PeriodHandle':
      return periodText(parts.number('years'), parts.number('months'), parts.number('days'))
    case 'YearHandle':
      return String(parts.number('year'))
    case 'YearMonthHandle':
      return `${year(parts.number('year'))}-${two(parts.number('month'))}`
    case 'MonthDayHandle':
      return `--${two(parts.number('month'))}-${two(parts.number('day'))}`
    case 'java.util.UUID':
      return parts.raw('value') === undefined ? uuidText(parts) : parts.text('value')
    default:
      for (const field of ['value', 'name']) {
        const value = parts.raw(field)
        if (typeof value === 'string') return value
      }
      return undefined
  }
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** At least four digits; a plus before more. */
function year(value: number): string {
  const digits = String(Math.abs(value)).padStart(4, '0')
  return value < 0 ? `-${digits}` : digits.length > 4 ? `+${digits}` : digits
}

/** Nothing, or three, six or nine digits. */
function fraction(nanos: number): string {
  if (nanos === 0) return ''
  const digits = String(nanos).padStart(9, '0')
  return `.${nanos % 1e6 === 0 ? digits.slice(0, 3) : nanos % 1000 === 0 ? digits.slice(0, 6) : digits}`
}

function timeText(time: Parts): string {
  const [second, nano] = [time.number('second'), time.number('nano')]
  const minutes = `${two(time.number('hour'))}:${two(time.number('minute'))}`
  return second === 0 && nano === 0 ? minutes : `${minutes}:${two(second)}${fraction(nano)}`
}

function instantText(seconds: number, nanos: number): string {
  const time = seconds * 1000
  if (!(Math.abs(time) <= 8.64e15)) throw new Misread('an instant is outside of what a Date holds')
  return new Date(time).toISOString().replace('.000Z', `${fraction(nanos)}Z`)
}

function offsetText(seconds: number): string {
  if (seconds === 0) return 'Z'
  const minutes = Math.floor(Math.abs(seconds) / 60)
  const rest = Math.abs(seconds) % 60
  const text = `${seconds < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
  return rest === 0 ? text : `${text}:${two(rest)}`
}

function durationText(seconds: number, nanos: number): string {
  if (seconds === 0 && nanos === 0) return 'PT0S'
  // As Java: a negative duration is written with negative parts, its fraction counted from the other side.
  const whole = seconds < 0 && nanos > 0 ? seconds + 1 : seconds
  const hours = Math.trunc(whole / 3600)
  const minutes = Math.trunc((whole % 3600) / 60)
  const rest = whole % 60
  const part = seconds < 0 && nanos > 0 ? 1e9 - nanos : nanos
  const decimals = part === 0 ? '' : `.${String(part).padStart(9, '0').replace(/0+$/, '')}`
  const sign = rest === 0 && seconds < 0 && part > 0 ? '-' : ''
  const secondsText = rest === 0 && part === 0 ? '' : `${sign}${rest === 0 ? 0 : rest}${decimals}S`
  return `PT${hours === 0 ? '' : `${hours}H`}${minutes === 0 ? '' : `${minutes}M`}${secondsText}`
}

function periodText(years: number, months: number, days: number): string {
  const text = `${years === 0 ? '' : `${years}Y`}${months === 0 ? '' : `${months}M`}${days === 0 ? '' : `${days}D`}`
  return `P${text || '0D'}`
}

/** As older versions of hessian-lite write it: two longs. */
function uuidText(parts: Parts): string {
  const half = (field: string) => {
    const value = parts.raw(field) ?? 0n
    if (typeof value !== 'bigint' && !Number.isInteger(value)) throw parts.wrong(field)
    return BigInt.asUintN(64, BigInt(value as bigint | number))
      .toString(16)
      .padStart(16, '0')
  }
  const hex = half('mostSigBits') + half('leastSigBits')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
