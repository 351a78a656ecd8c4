import { mismatch } from '../protobuf.js'
import { ClassDefinition, type HessianWriter } from './writer.js'

/*
 * java.time as Dubbo's hessian has it (java-time.ts reads it): from a Date, or from the text that Java itself writes and reads.
 * Throws the bare `mismatch` at text of another form.
 */
const within = 'com.alibaba.com.caucho.hessian.io.java8.'
const handle = (name: string, ...fields: string[]) => new ClassDefinition(`${within}${name}Handle`, fields)

const localDate = handle('LocalDate', 'year', 'month', 'day')
const localTime = handle('LocalTime', 'hour', 'minute', 'second', 'nano')
const localDateTime = handle('LocalDateTime', 'date', 'time')
const instant = handle('Instant', 'seconds', 'nanos')
const duration = handle('Duration', 'seconds', 'nanos')
const period = handle('Period', 'years', 'months', 'days')
const year = handle('Year', 'year')
const yearMonth = handle('YearMonth', 'year', 'month')
const monthDay = handle('MonthDay', 'month', 'day')
const zoneOffset = handle('ZoneOffset', 'seconds')
const zoneId = handle('ZoneId', 'zoneId')
const offsetDateTime = handle('OffsetDateTime', 'dateTime', 'offset')
const offsetTime = handle('OffsetTime', 'localTime', 'zoneOffset')
const zonedDateTime = handle('ZonedDateTime', 'dateTime', 'offset', 'zoneId')
const calendar = new ClassDefinition('com.alibaba.com.caucho.hessian.io.CalendarHandle', ['type', 'date'])
const locale = new ClassDefinition('com.alibaba.com.caucho.hessian.io.LocaleHandle', ['value'])
/** As Dubbo 3 has it. That of 2.7 can't make one, whatever it is sent. */
const uuid = new ClassDefinition('java.util.UUID', ['value'])

type WriteDate = (out: HessianWriter, date: Date) => void
type WriteText = (out: HessianWriter, text: string) => void

function ints(out: HessianWriter, definition: ClassDefinition, ...values: number[]): void {
  out.numbered()
  out.object(definition)
  for (const value of values) out.int(value)
}

function dateOf(out: HessianWriter, date: Date): void {
  ints(out, localDate, date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate())
}

function dateTimeOf(out: HessianWriter, date: Date): void {
  out.numbered()
  out.object(localDateTime)
  dateOf(out, date)
  const nanos = date.getUTCMilliseconds() * 1e6
  ints(out, localTime, date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), nanos)
}

function sql(name: string): WriteDate {
  const definition = new ClassDefinition(name, ['value'])
  return (out, date) => {
    out.numbered()
    out.object(definition)
    out.date(date.getTime())
  }
}

/** By the class that a Date is in Java. What has no zone there is UTC. */
export const writeDateAs: ReadonlyMap<string, WriteDate> = new Map<string, WriteDate>([
  ['java.time.LocalDate', dateOf],
  ['java.time.LocalDateTime', dateTimeOf],
  [
    'java.time.Instant',
    (out, date) => {
      const time = date.getTime()
      const seconds = Math.floor(time / 1000)
      secondsAndNanos(out, instant, seconds, (time - seconds * 1000) * 1e6)
    },
  ],
  [
    'java.time.OffsetDateTime',
    (out, date) => {
      out.numbered()
      out.object(offsetDateTime)
      dateTimeOf(out, date)
      ints(out, zoneOffset, 0)
    },
  ],
  [
    'java.time.ZonedDateTime',
    (out, date) => {
      out.numbered()
      out.object(zonedDateTime)
      dateTimeOf(out, date)
      ints(out, zoneOffset, 0)
      out.string('Z')
    },
  ],
  ['java.sql.Timestamp', sql('java.sql.Timestamp')],
  ['java.sql.Date', sql('java.sql.Date')],
  ['java.sql.Time', sql('java.sql.Time')],
  [
    'java.util.Calendar',
    (out, date) => {
      out.numbered()
      out.object(calendar)
      out.nil()
      out.date(date.getTime())
    },
  ],
])

function secondsAndNanos(out: HessianWriter, definition: ClassDefinition, seconds: number, nanos: number): void {
  out.numbered()
  out.object(definition)
  out.long(seconds)
  out.int(nanos)
}

const datePart = String.raw`([+-]?\d{4,9})-(\d\d)-(\d\d)`
const timePart = String.raw`(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?`
const offsetPart = String.raw`(Z|[+-]\d\d:\d\d(?::\d\d)?)`

function matched(pattern: RegExp, text: string): readonly (string | undefined)[] {
  const match = pattern.exec(text)
  if (!match) throw mismatch
  return match
}

const isDate = new RegExp(`^${datePart}$`)
const isTime = new RegExp(`^${timePart}$`)

function dateText(out: HessianWriter, text: string): void {
  const [, ...parts] = matched(isDate, text)
  ints(out, localDate, ...parts.map(Number))
}

function timeText(out: HessianWriter, text: string): void {
  const [, hour, minute, second = '0', fraction = ''] = matched(isTime, text)
  ints(out, localTime, Number(hour), Number(minute), Number(second), Number(fraction.padEnd(9, '0')))
}

function dateTimeText(out: HessianWriter, text: string): void {
  const [date = '', time = '', ...more] = text.split('T')
  if (more.length > 0) throw mismatch
  out.numbered()
  out.object(localDateTime)
  dateText(out, date)
  timeText(out, time)
}

function offsetText(out: HessianWriter, text: string): void {
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = matched(/^(?:Z|([+-])(\d\d):(\d\d)(?::(\d\d))?)$/, text)
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  ints(out, zoneOffset, sign === '-' ? -size : size)
}

const beforeOffset = new RegExp(`^(.+?)${offsetPart}$`)
const zoned = new RegExp(`^(.+?)${offsetPart}(?:\\[([\\w/+:-]{1,64})\\])?$`)

/** By the class that a text is in Java; the text is that of its `toString`. */
export const writeTextAs: ReadonlyMap<string, WriteText> = new Map<string, WriteText>([
  ['java.time.LocalDate', dateText],
  ['java.time.LocalTime', timeText],
  ['java.time.LocalDateTime', dateTimeText],
  [
    'java.time.Instant',
    (out, text) => {
      const [, whole = '', fraction = ''] = matched(/^(.+?)(?:\.(\d{1,9}))?Z$/, text)
      const time = Date.parse(`${whole}Z`)
      if (Number.isNaN(time)) throw mismatch
      secondsAndNanos(out, instant, time / 1000, Number(fraction.padEnd(9, '0')))
    },
  ],
  [
    'java.time.Duration',
    (out, text) => {
      const [, days = '0', hours = '0', minutes = '0', whole = '0', fraction = ''] = matched(
        /^PT?(?:(-?\d+)DT?)?(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?\d+)(?:\.(\d{1,9}))?S)?$/,
        text,
      )
      const seconds = Number(days) * 86400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(whole)
      const nanos = Number(fraction.padEnd(9, '0')) * (whole.startsWith('-') ? -1 : 1)
      secondsAndNanos(out, duration, nanos < 0 ? seconds - 1 : seconds, nanos < 0 ? nanos + 1e9 : nanos)
    },
  ],
  [
    'java.time.Period',
    (out, text) => {
      const [, years = '0', months = '0', weeks = '0', days = '0'] = matched(
        /^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)W)?(?:(-?\d+)D)?$/,
        text,
      )
      ints(out, period, Number(years), Number(months), Number(weeks) * 7 + Number(days))
    },
  ],
  ['java.time.Year', (out, text) => ints(out, year, Number(matched(/^-?\d{1,9}$/, text)[0]))],
  [
    'java.time.YearMonth',
    (out, text) => {
      const [, ofYear, month] = matched(/^([+-]?\d{4,9})-(\d\d)$/, text)
      ints(out, yearMonth, Number(ofYear), Number(month))
    },
  ],
  [
    'java.time.MonthDay',
    (out, text) => {
      const [, month, day] = matched(/^--(\d\d)-(\d\d)$/, text)
      ints(out, monthDay, Number(month), Number(day))
    },
  ],
  ['java.time.ZoneOffset', offsetText],
  [
    'java.time.ZoneId',
    (out, text) => {
      out.numbered()
      out.object(zoneId)
      out.string(text)
    },
  ],
  [
    'java.time.OffsetDateTime',
    (out, text) => {
      const [, local = '', offset = ''] = matched(beforeOffset, text)
      out.numbered()
      out.object(offsetDateTime)
      dateTimeText(out, local)
      offsetText(out, offset)
    },
  ],
  [
    'java.time.OffsetTime',
    (out, text) => {
      const [, local = '', offset = ''] = matched(beforeOffset, text)
      out.numbered()
      out.object(offsetTime)
      timeText(out, local)
      offsetText(out, offset)
    },
  ],
  [
    'java.time.ZonedDateTime',
    (out, text) => {
      const [, local = '', offset = '', zone] = matched(zoned, text)
      out.numbered()
      out.object(zonedDateTime)
      dateTimeText(out, local)
      offsetText(out, offset)
      out.string(zone ?? offset)
    },
  ],
  [
    'java.util.UUID',
    (out, text) => {
      matched(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, text)
      out.numbered()
      out.object(uuid)
      out.string(text.toLowerCase())
    },
  ],
  [
    'java.util.Locale',
    (out, text) => {
      out.numbered()
      out.object(locale)
      out.string(text)
    },
  ],
])
