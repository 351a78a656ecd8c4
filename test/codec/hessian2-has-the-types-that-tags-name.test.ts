import { describe, expect, it } from 'vitest'
import { descriptor } from '../../runtime/codec/hessian2/java-type.js'
import { anything, JavaObject } from '../../runtime/codec/hessian2/value.js'
import { hessian2 } from '../../runtime/codec/hessian2.js'
import type { Method } from '../../runtime/method.js'
import { parseJavaType } from '../../runtime/schema/java-type.js'
import type { Scalar, Type, TypeDeclaration } from '../../runtime/schema/schema.js'
import { fromHessian, hessianOf, methodOf } from '../support/hessian2.js'

const scalar = (of: Scalar): Type => ({ kind: 'scalar', scalar: of })
const array = (item: Type): Type => ({ kind: 'array', item })
const set = (item: Type): Type => ({ kind: 'set', item })
const map = (key: Type, value: Type): Type => ({ kind: 'map', key, value, form: 'map' })

const types: Readonly<Record<string, TypeDeclaration>> = {
  'com.miao.Word': {
    kind: 'enum',
    form: 'literals',
    members: [
      { name: 'RED', value: 'RED', number: 1 },
      { name: 'BLUE', value: 'BLUE', number: 2 },
    ],
    tags: {},
  },
}
const word: Type = { kind: 'ref', name: 'com.miao.Word' }

/** Takes and answers one value that is `java` in Java. */
function method(type: Type, java: string): Method {
  const plain = methodOf(types, type)
  const params = plain.schema.params.map((param) => ({ ...param, java }))
  return { ...plain, schema: { ...plain.schema, params, tags: { javaResult: java } } }
}

/** What Java would make of the bytes: the names of lists, maps and objects. */
function written(type: Type, java: string, value: unknown): string {
  return hessianOf(hessian2.for(method(type, java)).result, value).toString('latin1')
}

const handle = 'com.alibaba.com.caucho.hessian.io.java8.'
const moment = new Date('2020-02-29T03:04:05.678Z')

describe('a value goes out as what the tag says, and comes back as it was', () => {
  it.each<[java: string, type: Type, value: unknown, name: string, descriptor: string]>([
    ['long', scalar('int32'), 5, '\xe5', 'J'],
    ['Long', scalar('double'), 5, '\xe5', 'Ljava/lang/Long;'],
    ['short', scalar('int32'), 5, '\x95', 'S'],
    ['double', scalar('int32'), 5, ']\x05', 'D'],
    ['BigInteger', scalar('int64'), -(2n ** 62n), 'java.math.BigInteger', 'Ljava/math/BigInteger;'],
    ['BigInteger', scalar('decimal'), String(-(2n ** 90n)), 'java.math.BigInteger', 'Ljava/math/BigInteger;'],
    ['BigDecimal', scalar('double'), 1.5, 'java.math.BigDecimal', 'Ljava/math/BigDecimal;'],
    ['char', scalar('string'), 'x', '\x01x', 'C'],
    ['com.acme.Colour', scalar('string'), 'RED', 'com.acme.Colour', 'Lcom/acme/Colour;'],
    ['com.acme.Colour', word, 'BLUE', 'com.acme.Colour', 'Lcom/acme/Colour;'],
    ['String', word, 'BLUE', '\x04BLUE', 'Ljava/lang/String;'],
    ['UUID', scalar('string'), '123e4567-e89b-12d3-a456-426614174000', 'java.util.UUID', 'Ljava/util/UUID;'],
    ['LocalDate', scalar('string'), '2020-02-29', `${handle}LocalDateHandle`, 'Ljava/time/LocalDate;'],
    ['LocalTime', scalar('string'), '03:04:05.000000006', `${handle}LocalTimeHandle`, 'Ljava/time/LocalTime;'],
    ['LocalDateTime', scalar('string'), '2020-02-29T03:04', `${handle}LocalTimeHandle`, 'Ljava/time/LocalDateTime;'],
    ['Instant', scalar('string'), '1969-12-31T23:59:58.000000001Z', `${handle}InstantHandle`, 'Ljava/time/Instant;'],
    ['Duration', scalar('string'), 'PT-1.5S', `${handle}DurationHandle`, 'Ljava/time/Duration;'],
    ['Duration', scalar('string'), 'PT26H3M0.000000001S', `${handle}DurationHandle`, 'Ljava/time/Duration;'],
    ['Period', scalar('string'), 'P1Y-2M3D', `${handle}PeriodHandle`, 'Ljava/time/Period;'],
    ['Year', scalar('string'), '2020', `${handle}YearHandle`, 'Ljava/time/Year;'],
    ['YearMonth', scalar('string'), '2020-02', `${handle}YearMonthHandle`, 'Ljava/time/YearMonth;'],
    ['MonthDay', scalar('string'), '--02-29', `${handle}MonthDayHandle`, 'Ljava/time/MonthDay;'],
    ['ZoneOffset', scalar('string'), '-05:30', `${handle}ZoneOffsetHandle`, 'Ljava/time/ZoneOffset;'],
    ['OffsetDateTime', scalar('string'), '2020-02-29T03:04:05+01:00', 'OffsetDateTime', 'Ljava/time/OffsetDateTime;'],
    ['OffsetTime', scalar('string'), '03:04:05Z', 'OffsetTimeHandle', 'Ljava/time/OffsetTime;'],
    [
      'ZonedDateTime',
      scalar('string'),
      '2020-02-29T03:04:05+01:00[Europe/Paris]',
      'Europe/Paris',
      'Ljava/time/ZonedDateTime;',
    ],
    ['LocalDateTime', scalar('date'), moment, 'LocalDateTimeHandle', 'Ljava/time/LocalDateTime;'],
    ['Instant', scalar('date'), new Date(-1), 'InstantHandle', 'Ljava/time/Instant;'],
    ['OffsetDateTime', scalar('date'), moment, 'OffsetDateTimeHandle', 'Ljava/time/OffsetDateTime;'],
    ['ZonedDateTime', scalar('date'), moment, 'ZonedDateTimeHandle', 'Ljava/time/ZonedDateTime;'],
    ['java.sql.Timestamp', scalar('date'), moment, 'java.sql.Timestamp', 'Ljava/sql/Timestamp;'],
    ['Calendar', scalar('date'), moment, 'CalendarHandle', 'Ljava/util/Calendar;'],
    ['LinkedList<String>', array(scalar('string')), ['a'], 'q\x14java.util.LinkedList', 'Ljava/util/LinkedList;'],
    ['Set<String>', array(scalar('string')), ['a'], 'q\x11java.util.HashSet', 'Ljava/util/Set;'],
    ['SortedSet<Long>', set(scalar('int32')), new Set([1]), 'java.util.TreeSet\xe1', 'Ljava/util/SortedSet;'],
    ['List<Integer>', set(scalar('int32')), new Set([1]), 'y\x91', 'Ljava/util/List;'],
    ['int[]', array(scalar('int32')), [1, 2], 'r\x04[int\x91\x92', '[I'],
    ['String[]', array(scalar('string')), ['a'], '[string', '[Ljava/lang/String;'],
    ['long[][]', array(array(scalar('int32'))), [[1]], '[[long', '[[J'],
    ['com.acme.Colour[]', array(scalar('string')), ['RED'], '[com.acme.Colour', '[Lcom/acme/Colour;'],
    [
      'TreeMap<Long, Set<LocalDate>>',
      map(scalar('int32'), array(scalar('string'))),
      new Map([[1, ['2020-02-29']]]),
      'LocalDateHandle',
      'Ljava/util/TreeMap;',
    ],
    ['Object', array(scalar('string')), ['a'], 'y\x01a', 'Ljava/lang/Object;'],
  ])('%s', (java, type, value, name, described) => {
    const of = method(type, java)
    const { result } = hessian2.for(of)
    const bytes = hessianOf(result, value)
    expect(bytes.toString('latin1')).toContain(name)
    expect(fromHessian(result, bytes)).toEqual(value)
    expect(descriptor(of.service, of.schema)).toBe(described)
  })
})

it('what Java can`t hold is refused with its path', () => {
  expect(() => written(scalar('int32'), 'byte', 128)).toThrow('result')
  expect(() => written(scalar('double'), 'long', 1.5)).toThrow('result')
  expect(() => written(scalar('string'), 'LocalDate', 'tomorrow')).toThrow('result')
  expect(() => written(scalar('string'), 'UUID', 'x')).toThrow('result')
})

it('a generic answer has maps with their class in place of objects', () => {
  const point: Type = { kind: 'ref', name: 'com.miao.Point' }
  const field = { name: 'colour', number: 1, type: scalar('string'), optional: false, java: 'com.acme.Colour' }
  const of = methodOf({ 'com.miao.Point': { kind: 'message', fields: [field], tags: {} } }, array(point))
  const bytes = hessianOf(hessian2.generic(of).result, [{ colour: 'RED' }])
  const [answer] = fromHessian(anything, bytes) as Map<string, unknown>[]
  expect(answer?.get('class')).toBe('com.miao.Point')
  expect(answer?.get('colour')).toBeInstanceOf(JavaObject)
})

it.each<[string, string | undefined]>([
  ['int', 'int'],
  ['List', 'java.util.List'],
  ['Map < String , int[] >', 'java.util.Map<java.lang.String,int[]>'],
  ['com.acme.Box$Lid', 'com.acme.Box$Lid'],
  ['List<int>', undefined],
  ['List<', undefined],
  ['List<>', undefined],
  ['List<String>>', undefined],
  ['int[', undefined],
  ['a b', undefined],
  ['a..b', undefined],
  ['', undefined],
  ['List<'.repeat(100) + '>'.repeat(100), undefined],
])('the type %j', (text, read) => {
  const shown = (type: ReturnType<typeof parseJavaType>): string | undefined =>
    type && type.name + (type.args.length > 0 ? `<${type.args.map(shown)}>` : '') + '[]'.repeat(type.dimensions)
  expect(shown(parseJavaType(text))).toBe(read)
})
