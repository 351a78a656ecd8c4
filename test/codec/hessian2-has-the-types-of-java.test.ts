import { describe, expect, it, test } from 'vitest'
import { descriptor } from '../../runtime/codec/hessian2/java-type.js'
import { anything, JavaObject } from '../../runtime/codec/hessian2/value.js'
import { hessian2 } from '../../runtime/codec/hessian2.js'
import { RpcError } from '../../runtime/error.js'
import type { Scalar, Type, TypeDeclaration } from '../../runtime/schema/schema.js'
import { fromHessian, hessianOf, methodOf } from '../support/hessian2.js'

const scalar = (of: Scalar): Type => ({ kind: 'scalar', scalar: of })
const ref = (name: string): Type => ({ kind: 'ref', name: `com.miao.${name}` })
const array = (item: Type): Type => ({ kind: 'array', item })
const nullable = (of: Type): Type => ({ kind: 'nullable', of })
const map = (key: Type, value: Type): Type => ({ kind: 'map', key, value, form: 'map' })
const set = (item: Type): Type => ({ kind: 'set', item })

const member = (name: string, number: number) => ({ name, value: name, number })
const field = (name: string, type: Type, optional = false) => ({ name, number: 1, type, optional })

const types: Readonly<Record<string, TypeDeclaration>> = {
  'com.miao.Money': {
    kind: 'message',
    fields: [
      field('amount', scalar('decimal')),
      field('cents', scalar('int64')),
      field('note', scalar('string'), true),
    ],
    tags: {},
  },
  'com.miao.Seat': {
    kind: 'message',
    fields: [field('row', scalar('int32'))],
    tags: { java: 'com.theatre.Place' },
  },
  'com.miao.Tree': { kind: 'message', fields: [field('children', array(ref('Tree')))], tags: {} },
  'com.miao.Colour': { kind: 'enum', form: 'enum', members: [member('RED', 1), member('BLUE', 2)], tags: {} },
  'com.miao.Word': { kind: 'enum', form: 'literals', members: [member('yes', 1), member('no', 2)], tags: {} },
  'com.miao.Size': {
    kind: 'enum',
    form: 'literals',
    members: [member('SMALL', 1), member('LARGE', 2)],
    tags: { java: 'com.theatre.Size' },
  },
  'com.miao.Thing': {
    kind: 'union',
    members: [
      { name: 'object', number: 1, type: ref('Seat') },
      { name: 'string', number: 2, type: scalar('string') },
    ],
    tags: {},
  },
  'com.miao.SoldOut': {
    kind: 'error',
    fields: [field('left', scalar('int32'))],
    tags: { java: 'com.theatre.SoldOutException' },
  },
}

describe('the types of parameters', () => {
  it.each<[string, Type, string, string?]>([
    ['int32', scalar('int32'), 'I', 'Ljava/lang/Integer;'],
    ['uint32', scalar('uint32'), 'J', 'Ljava/lang/Long;'],
    ['int53', scalar('int53'), 'J', 'Ljava/lang/Long;'],
    ['int64', scalar('int64'), 'J', 'Ljava/lang/Long;'],
    ['uint64', scalar('uint64'), 'Ljava/math/BigInteger;'],
    ['double', scalar('double'), 'D', 'Ljava/lang/Double;'],
    ['float', scalar('float'), 'F', 'Ljava/lang/Float;'],
    ['boolean', scalar('boolean'), 'Z', 'Ljava/lang/Boolean;'],
    ['string', scalar('string'), 'Ljava/lang/String;'],
    ['bytes', scalar('bytes'), '[B'],
    ['Date', scalar('date'), 'Ljava/util/Date;'],
    ['decimal', scalar('decimal'), 'Ljava/math/BigDecimal;'],
    ['unknown', scalar('json'), 'Ljava/lang/Object;'],
    ['a list', array(scalar('int64')), 'Ljava/util/List;'],
    ['a tuple', { kind: 'tuple', items: [{ type: scalar('string'), optional: false }] }, 'Ljava/util/List;'],
    ['a set', set(scalar('string')), 'Ljava/util/Set;'],
    ['a map', map(scalar('int32'), scalar('string')), 'Ljava/util/Map;'],
    ['a message', ref('Money'), 'Lcom/miao/Money;'],
    ['a message with @java', ref('Seat'), 'Lcom/theatre/Place;'],
    ['an enum', ref('Colour'), 'Lcom/miao/Colour;'],
    ['literals', ref('Word'), 'Ljava/lang/String;'],
    ['literals with @java', ref('Size'), 'Lcom/theatre/Size;'],
    ['a union', ref('Thing'), 'Ljava/lang/Object;'],
    ['a literal', { kind: 'literal', value: 1 }, 'I', 'Ljava/lang/Integer;'],
  ])('%s', (_name, type, plain, boxed = plain) => {
    const of = (method: ReturnType<typeof methodOf>) => descriptor(method.service, method.schema)
    expect(of(methodOf(types, type))).toBe(plain)
    expect(of(methodOf(types, nullable(type)))).toBe(boxed)
    expect(of(methodOf(types, type, { optional: true }))).toBe(boxed)
  })
})

const text = (ascii: string) => Buffer.from(ascii).toString('hex')
const named = (name: string) => `${name.length.toString(16).padStart(2, '0')}${text(name)}`

/** The bytes of one value, and the value of them. */
function both(type: Type, value: unknown, hex: string): void {
  const { result } = hessian2.for(methodOf(types, type))
  const bytes = hex.replaceAll(' ', '')
  expect(hessianOf(result, value).toString('hex')).toBe(bytes)
  expect(fromHessian(result, Buffer.from(bytes, 'hex'))).toEqual(value)
}

function readOf(type: Type, hex: string): unknown {
  return fromHessian(hessian2.for(methodOf(types, type)).result, Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

describe('values in their places', () => {
  test('a long is a long within lists and maps, too', () => {
    both(array(scalar('int64')), [1n, 2n ** 62n], '7a e1 4c4000000000000000')
    both(map(scalar('int64'), array(scalar('int53'))), new Map([[1n, [2]]]), '48 e1 79 e2 5a')
    both(array(scalar('int32')), [1], '79 91')
    both(array(scalar('double')), [1, 2], '7a 5c 5d02')
  })

  test('a set is a HashSet, a map a HashMap', () => {
    both(set(scalar('string')), new Set(['a']), `71 ${named('java.util.HashSet')} 01 61`)
    both(map(scalar('int32'), scalar('boolean')), new Map([[7, true]]), '48 97 54 5a')
  })

  test('a message is an object of its class', () => {
    const hex = `43 ${named('com.miao.Money')} 93 ${named('amount')} ${named('cents')} ${named('note')} 60
      43 ${named('java.math.BigDecimal')} 91 ${named('value')} 61 ${named('1.50')} e5 4e`.replaceAll(/\s/g, '')
    both(ref('Money'), { amount: '1.50', cents: 5n }, hex)
    both(ref('Seat'), { row: 3 }, `43 ${named('com.theatre.Place')} 91 ${named('row')} 60 93`)
  })

  test('enums and literals', () => {
    both(ref('Colour'), 'RED', `43 ${named('com.miao.Colour')} 91 ${named('name')} 60 ${named('RED')}`)
    both(ref('Size'), 'SMALL', `43 ${named('com.theatre.Size')} 91 ${named('name')} 60 ${named('SMALL')}`)
    both(ref('Word'), 'yes', named('yes'))
  })

  test('numbers of more than 63 bits', () => {
    const big = `43 ${named('java.math.BigInteger')} 92 ${named('signum')} ${named('mag')} 60`
    both(scalar('uint64'), 2n ** 64n - 1n, `${big} 91 72 ${named('[int')} 8f 8f`)
    both(scalar('uint64'), 5n, `${big} 91 71 ${named('[int')} 95`)
    both(scalar('uint64'), 0n, `${big} 90 70 ${named('[int')}`)
    expect(readOf(scalar('int64'), `${big} 8f 71 ${named('[int')} 95`)).toBe(-5n)
    expect(readOf(scalar('decimal'), `${big} 8f 71 ${named('[int')} 95`)).toBe('-5')
  })

  test('what may be null', () => {
    both(nullable(scalar('int32')), null, '4e')
    both(array(nullable(scalar('string'))), ['a', null], '7a 01 61 4e')
    expect(() => readOf(scalar('int32'), '4e')).toThrow('test.Echo/echo result: expected a number, got null')
    expect(() => readOf(array(scalar('string')), '7a 01 61 4e')).toThrow('result[1]: expected a string, got null')
  })
})

describe('what Java may send where the contract says', () => {
  test('a number: any that has the same value', () => {
    expect(readOf(scalar('int32'), 'e5')).toBe(5)
    expect(readOf(scalar('int32'), '5d05')).toBe(5)
    expect(readOf(scalar('int64'), '95')).toBe(5n)
    expect(readOf(scalar('double'), '95')).toBe(5)
    expect(readOf(scalar('decimal'), '95')).toBe('5')
    expect(() => readOf(scalar('int32'), '4c0000000180000000')).toThrow(/from -2147483648/)
    expect(() => readOf(scalar('int64'), '5f00000001')).toThrow('expected a whole number, got 0.001')
  })

  const handle = (name: string, fields: Record<string, unknown>) =>
    new JavaObject(`com.alibaba.com.caucho.hessian.io.java8.${name}`, fields)
  const localDate = handle('LocalDateHandle', { year: 2026, month: 11, day: 28 })
  const localTime = handle('LocalTimeHandle', { hour: 9, minute: 5, second: 7, nano: 120_000_000 })
  const local = handle('LocalDateTimeHandle', { date: localDate, time: localTime })
  const offset = handle('ZoneOffsetHandle', { seconds: 8 * 3600 })

  it.each<[string, JavaObject, string | undefined, string | undefined]>([
    ['LocalDate', localDate, '2026-11-28', '2026-11-28T00:00:00.000Z'],
    ['LocalTime', localTime, '09:05:07.120', undefined],
    ['LocalDateTime', local, '2026-11-28T09:05:07.120', '2026-11-28T09:05:07.120Z'],
    [
      'Instant',
      handle('InstantHandle', { seconds: -1n, nanos: 5_000_000 }),
      '1969-12-31T23:59:59.005Z',
      '1969-12-31T23:59:59.005Z',
    ],
    [
      'OffsetDateTime',
      handle('OffsetDateTimeHandle', { dateTime: local, offset }),
      '2026-11-28T09:05:07.120+08:00',
      '2026-11-28T01:05:07.120Z',
    ],
    [
      'ZonedDateTime',
      handle('ZonedDateTimeHandle', { dateTime: local, offset, zoneId: 'Asia/Shanghai' }),
      '2026-11-28T09:05:07.120+08:00[Asia/Shanghai]',
      '2026-11-28T01:05:07.120Z',
    ],
    ['Duration', handle('DurationHandle', { seconds: 3661, nanos: 500_000_000 }), 'PT1H1M1.5S', undefined],
    ['a negative Duration', handle('DurationHandle', { seconds: -1, nanos: 500_000_000 }), 'PT-0.5S', undefined],
    ['Period', handle('PeriodHandle', { years: 1, months: 0, days: -2 }), 'P1Y-2D', undefined],
    ['Year', handle('YearHandle', { year: 2026 }), '2026', undefined],
    ['YearMonth', handle('YearMonthHandle', { year: 2026, month: 3 }), '2026-03', undefined],
    ['MonthDay', handle('MonthDayHandle', { month: 3, day: 9 }), '--03-09', undefined],
    [
      'java.sql.Timestamp',
      new JavaObject('java.sql.Timestamp', { value: new Date(5) }),
      undefined,
      '1970-01-01T00:00:00.005Z',
    ],
    ['Calendar', handle('CalendarHandle', { type: null, date: new Date(5) }), undefined, '1970-01-01T00:00:00.005Z'],
    ['UUID', new JavaObject('java.util.UUID', { value: 'a-b' }), 'a-b', undefined],
    [
      'UUID of old',
      new JavaObject('java.util.UUID', { mostSigBits: 1n, leastSigBits: -1n }),
      '00000000-0000-0001-ffff-ffffffffffff',
      undefined,
    ],
    ['an enum', new JavaObject('com.miao.Colour', { name: 'RED' }), 'RED', undefined],
  ])('%s as text and as a moment', (_name, object, asText, asDate) => {
    const bytes = hessianOf({ write: anything.write as never, read: () => undefined }, object as unknown)
    const read = (type: Type) => fromHessian(hessian2.for(methodOf(types, type)).result, bytes)
    if (asText === undefined) expect(() => read(scalar('string'))).toThrow(RpcError)
    else expect(read(scalar('string'))).toBe(asText)
    if (asDate === undefined) expect(() => read(scalar('date'))).toThrow(/expected a date, got an object of class/)
    else expect((read(scalar('date')) as Date).toISOString()).toBe(asDate)
  })

  test('objects: fields in any order, more than we know, less than we know, of a subclass, or a map', () => {
    const more = `43 ${named('com.miao.VipSeat')} 92 ${named('perks')} ${named('row')} 60 79 0161 93`
    expect(readOf(ref('Seat'), more)).toEqual({ row: 3 })
    expect(readOf(ref('Seat'), `48 ${named('row')} 93 ${named('class')} ${named('x')} 5a`)).toEqual({ row: 3 })
    expect(() => readOf(ref('Seat'), `43 ${named('S')} 90 60`)).toThrow('com.miao.Seat came without its required "row"')
  })

  test('unknown: plain JSON, and never a prototype', () => {
    const hex = `48 ${named('__proto__')} 48 ${named('admin')} 54 5a ${named('long')} 4c0000000100000000 ${named('at')} 4b00000000 5a`
    const value = readOf(scalar('json'), hex) as Record<string, unknown>
    expect(Object.keys(value)).toEqual(['__proto__', 'long', 'at'])
    expect(value.admin).toBeUndefined()
    expect(value.long).toBe(4294967296)
    expect(value.at).toBe('1970-01-01T00:00:00.000Z')
  })

  test('a member of a union: by its class, or by what it is', () => {
    both(ref('Thing'), { row: 1 }, `43 ${named('com.theatre.Place')} 91 ${named('row')} 60 91`)
    both(ref('Thing'), 'aisle', named('aisle'))
    expect(() => readOf(ref('Thing'), `43 ${named('java.lang.Runtime')} 90 60`)).toThrow(
      'class "java.lang.Runtime" is no member of com.miao.Thing',
    )
    expect(() => readOf(ref('Thing'), '54')).toThrow('expected a member of com.miao.Thing, got a boolean')
  })
})

describe('what is shared', () => {
  test('is sent once and stays one', () => {
    const seat = { row: 1 }
    const { result } = hessian2.for(methodOf(types, array(ref('Seat'))))
    const bytes = hessianOf(result, [seat, seat, { row: 1 }])
    expect(bytes.toString('hex').endsWith('609151916091')).toBe(true)
    const [a, b, c] = fromHessian(result, bytes) as unknown[]
    expect(b).toBe(a)
    expect(c).not.toBe(a)
    expect(c).toEqual(a)
  })

  test('is read in the form of each place', () => {
    const pair: Type = {
      kind: 'tuple',
      items: [array(scalar('int32')), array(scalar('int64'))].map((type) => ({ type, optional: false })),
    }
    expect(readOf(pair, '7a 79 95 51 91')).toEqual([[5], [5n]])
  })

  test('in a circle is refused, both ways, with its path', () => {
    const tree: { children: unknown[] } = { children: [] }
    tree.children.push(tree)
    const { args } = hessian2.for(methodOf(types, ref('Tree')))
    expect(() => hessianOf(args, [tree])).toThrow(/nested deeper than 100 levels, or in a circle/)
    const circle = `43 ${named('com.miao.Tree')} 91 ${named('children')} 60 79 51 90`
    expect(() => readOf(ref('Tree'), circle)).toThrow(
      'result.children[0]: it refers to a value that it is a part of: a circle',
    )
  })
})

describe('exceptions', () => {
  const { thrown } = hessian2.for(methodOf(types, scalar('string'), { errors: ['com.miao.SoldOut'] }))
  const trace = `70 ${named('[java.lang.StackTraceElement')}`

  test('that a method declares are its own class', () => {
    const error = Object.assign(new RpcError('failed_precondition', 'none', { type: 'com.miao.SoldOut' }), { left: 0 })
    const hex = `43 ${named('com.theatre.SoldOutException')} 94 ${named('left')} ${named('detailMessage')} ${named('cause')} ${named('stackTrace')} 60 90 ${named('none')} 4e ${trace}`
    expect(hessianOf(thrown, error).toString('hex')).toBe(hex.replaceAll(' ', ''))
    const back = fromHessian(thrown, Buffer.from(hex.replaceAll(' ', ''), 'hex'))
    expect(back).toMatchObject({ message: 'none', type: 'com.miao.SoldOut', left: 0 })
  })

  test('that it does not declare are Java`s, or Dubbo`s by their number', () => {
    for (const [code, className] of [
      ['unknown', 'java.lang.RuntimeException'],
      ['not_found', 'java.lang.RuntimeException'],
      ['deadline_exceeded', 'org.apache.dubbo.rpc.RpcException'],
      ['resource_exhausted', 'org.apache.dubbo.rpc.RpcException'],
    ] as const) {
      const back = fromHessian(thrown, hessianOf(thrown, new RpcError(code, 'why')))
      expect(back).toMatchObject({ message: 'why', details: { exception: className } })
      expect(back.code).toBe(code === 'not_found' ? 'unknown' : code)
    }
  })

  test('come with their causes, in the order of any JDK, and name themselves where they have none', () => {
    const inner = new JavaObject('java.io.IOException', { detailMessage: 'disk', suppressedExceptions: [] })
    const element = new JavaObject('java.lang.StackTraceElement', {
      declaringClass: 'com.miao.Server',
      methodName: 'book',
      fileName: 'Server.java',
      lineNumber: 12,
    })
    const outer = new JavaObject('java.lang.IllegalStateException', {
      suppressedExceptions: [],
      stackTrace: [element],
      cause: inner,
      detailMessage: null,
    })
    const error = fromHessian(
      thrown,
      hessianOf({ write: anything.write as never, read: () => undefined }, outer as unknown),
    )
    expect(error).toMatchObject({ code: 'unknown', message: 'java.lang.IllegalStateException' })
    const own = error.cause as Error
    expect(own.stack).toBe('java.lang.IllegalStateException\n    at com.miao.Server.book(Server.java:12)')
    expect(own.cause).toMatchObject({ name: 'java.io.IOException', message: 'disk' })

    const self = `43 ${named('a.B')} 92 ${named('detailMessage')} ${named('cause')} 60 ${named('hm')} 51 90`
    const alone = fromHessian(thrown, Buffer.from(self.replaceAll(' ', ''), 'hex'))
    expect(alone.message).toBe('hm')
    expect((alone.cause as Error).cause).toBeUndefined()
  })

  test('are objects', () => {
    expect(() => fromHessian(thrown, Buffer.from(named('oops'), 'hex'))).toThrow('expected an object, got a string')
  })
})
