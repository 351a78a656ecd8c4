import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { Misread } from '../../runtime/codec/hessian2/misread.js'
import { HessianReader } from '../../runtime/codec/hessian2/reader.js'
import { anything, JavaObject } from '../../runtime/codec/hessian2/value.js'
import { ClassDefinition, HessianWriter, TypeName } from '../../runtime/codec/hessian2/writer.js'
import { maxDepth } from '../../runtime/codec/protobuf.js'

/*
 * The examples of http://hessian.caucho.com/doc/hessian-serialization.html, and what Dubbo's Java writes besides
 * (java.math.BigDecimal, java.util.HashSet, surrogates as two sequences of three bytes).
 */

function written(write: (out: HessianWriter) => void): string {
  const out = new HessianWriter().aim({ buf: new Uint8Array(4), pos: 0 })
  write(out)
  return Buffer.from(out.buf.subarray(0, out.pos)).toString('hex')
}

function reading(hex: string): HessianReader {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  // In the middle of a buffer, as a frame is.
  const buf = Buffer.concat([Buffer.alloc(3, 0x4e), bytes, Buffer.alloc(3, 0x4e)])
  return new HessianReader().aim({ buf, pos: 3, len: 3 + bytes.length })
}

/** The value of so many bytes, every one of which is read; passed over they end at the same place. */
function read<T>(hex: string, of: (from: HessianReader) => T): T {
  const from = reading(hex)
  const value = of(from)
  expect(from.pos).toBe(from.len)
  const over = reading(hex)
  over.skip()
  expect(over.pos).toBe(over.len)
  return value
}

const text = (ascii: string) => Buffer.from(ascii).toString('hex')

describe('int', () => {
  it.each([
    [0, '90'],
    [-16, '80'],
    [47, 'bf'],
    [48, 'c830'],
    [-17, 'c7ef'],
    [-2048, 'c000'],
    [-256, 'c700'],
    [2047, 'cfff'],
    [2048, 'd40800'],
    [-2049, 'd3f7ff'],
    [-262144, 'd00000'],
    [262143, 'd7ffff'],
    [262144, '4900040000'],
    [-262145, '49fffbffff'],
    [2147483647, '497fffffff'],
    [-2147483648, '4980000000'],
  ])('%d is %s', (value, hex) => {
    expect(written((out) => out.int(value))).toBe(hex)
    expect(read(hex, (from) => from.int())).toBe(value)
    expect(read(hex, anything.read)).toBe(value)
  })
})

describe('long', () => {
  it.each([
    [0n, 'e0'],
    [-8n, 'd8'],
    [15n, 'ef'],
    [16n, 'f810'],
    [-9n, 'f7f7'],
    [-2048n, 'f000'],
    [-256n, 'f700'],
    [2047n, 'ffff'],
    [2048n, '3c0800'],
    [-2049n, '3bf7ff'],
    [-262144n, '380000'],
    [262143n, '3fffff'],
    [262144n, '5900040000'],
    [-2147483648n, '5980000000'],
    [2147483647n, '597fffffff'],
    [2147483648n, '4c0000000080000000'],
    [-2147483649n, '4cffffffff7fffffff'],
    [9007199254740993n, '4c0020000000000001'],
    [9223372036854775807n, '4c7fffffffffffffff'],
    [-9223372036854775808n, '4c8000000000000000'],
  ])('%d is %s', (value, hex) => {
    expect(written((out) => out.long(value))).toBe(hex)
    if (Number.isSafeInteger(Number(value))) expect(written((out) => out.long(Number(value)))).toBe(hex)
    expect(read(hex, anything.read)).toBe(value)
  })
})

describe('double', () => {
  it.each([
    [0, '5b'],
    [-0, '448000000000000000'],
    [1, '5c'],
    [-128, '5d80'],
    [127, '5d7f'],
    [-32768, '5e8000'],
    [32767, '5e7fff'],
    [128, '5e0080'],
    [12.25, '5f00002fda'],
    [-0.5, '5ffffffe0c'],
    [40000, '5f02625a00'],
    [0.1, '5f00000064'],
    [Math.PI, '44400921fb54442d18'],
    [1e300, '447e37e43c8800759c'],
    [Number.POSITIVE_INFINITY, '447ff0000000000000'],
    [Number.NaN, '447ff8000000000000'],
    [Number.MIN_VALUE, '440000000000000001'],
  ])('%d is %s', (value, hex) => {
    expect(written((out) => out.double(value))).toBe(hex)
    expect(read(hex, (from) => from.double())).toBe(value)
  })
})

describe('null, boolean, date, binary', () => {
  it.each<[unknown, string]>([
    [null, '4e'],
    [true, '54'],
    [false, '46'],
    [new Date('1998-05-08T09:51:31Z'), '4a000000d04b9284b8'],
    [new Date('1998-05-08T09:51:00Z'), '4b00e3838f'],
    [new Date(0), '4b00000000'],
    [new Date(-1), '4affffffffffffffff'],
    [new Date(8.64e15), '4a001eb208c2dc0000'],
    [new Uint8Array(), '20'],
    [Uint8Array.of(1, 2, 3), '23010203'],
    [new Uint8Array(16), `3410${'00'.repeat(16)}`],
    [new Uint8Array(1023), `37ff${'00'.repeat(1023)}`],
    [new Uint8Array(1024), `420400${'00'.repeat(1024)}`],
    [new Uint8Array(32769).fill(7), `418000${'07'.repeat(32768)}2107`],
  ])('number %#', (value, hex) => {
    expect(written((out) => anything.write(out, value))).toBe(hex)
    expect(read(hex, anything.read)).toEqual(value)
  })
})

describe('string', () => {
  it.each([
    ['', '00'],
    ['hello', '0568656c6c6f'],
    ['é', '01c3a9'],
    ['在', '01e59ca8'],
    ['\0', '0100'],
    ['😀', '02eda0bdedb880'],
    ['a😀b', '0461eda0bdedb88062'],
    // Half of a pair: Java has such strings, and they go through.
    ['\ud83d', '01eda0bd'],
    ['x'.repeat(31), `1f${'78'.repeat(31)}`],
    ['x'.repeat(32), `3020${'78'.repeat(32)}`],
    ['x'.repeat(1023), `33ff${'78'.repeat(1023)}`],
    ['x'.repeat(1024), `530400${'78'.repeat(1024)}`],
    ['x'.repeat(32768), `538000${'78'.repeat(32768)}`],
    ['x'.repeat(32769), `528000${'78'.repeat(32768)}0178`],
    // A pair that would lie on both sides of a chunk's end moves into the next one.
    [`${'x'.repeat(32767)}😀`, `527fff${'78'.repeat(32767)}02eda0bdedb880`],
  ])('number %#', (value, hex) => {
    expect(written((out) => out.string(value))).toBe(hex)
    expect(read(hex, (from) => from.string())).toBe(value)
  })

  it('comes in chunks of any size, cut anywhere', () => {
    expect(read('52 0001 eda0bd 52 0000 01 edb880', (from) => from.string())).toBe('😀')
    expect(read(`52 0003 ${text('abc')} 30 01 64`, (from) => from.string())).toBe('abcd')
    expect(read('41 0001 61 41 0000 42 0001 62', (from) => from.bytes())).toEqual(Uint8Array.of(0x61, 0x62))
  })

  it.each([
    ['UTF-8 of four bytes', '02f09f9880'],
    ['a continuation without its beginning', '0180'],
    ['a beginning without its continuation', '01c341'],
  ])('%s is refused', (_name, hex) => {
    expect(() => reading(hex).string()).toThrow(Misread)
  })
})

describe('lists', () => {
  it.each([
    ['fixed and untyped, short', '7a 90 91', [0, 1]],
    ['fixed and untyped', '58 92 90 91', [0, 1]],
    ['fixed and untyped, of 8', '58 98 90 91 92 93 94 95 96 97', [0, 1, 2, 3, 4, 5, 6, 7]],
    ['of any length and untyped', '57 90 91 5a', [0, 1]],
    ['fixed and typed, short', `72 04 ${text('[int')} 90 91`, [0, 1]],
    ['fixed and typed', `56 04 ${text('[int')} 92 90 91`, [0, 1]],
    ['of any length and typed', `55 04 ${text('[int')} 90 91 5a`, [0, 1]],
    ['empty', '78', []],
    ['empty, of any length', '57 5a', []],
    ['whose type came before', `7a 71 04 ${text('[int')} 90 71 90 91`, [[0], [1]]],
    ['in lists', '79 79 79 78', [[[[]]]]],
  ])('%s', (_name, hex, value) => {
    expect(read(hex, anything.read)).toEqual(value)
  })

  it('are written as Java does', () => {
    const set = new TypeName('java.util.HashSet')
    const write = (out: HessianWriter) => {
      out.list(2)
      for (const item of ['a', 'b']) {
        out.list(1, set)
        out.string(item)
      }
    }
    expect(written(write)).toBe(`7a7111${text('java.util.HashSet')}01617190${'0162'}`)
    expect(written((out) => out.list(8, set))).toBe(`5611${text('java.util.HashSet')}98`)
    expect(written((out) => out.list(100))).toBe('58c864')
  })
})

describe('maps', () => {
  it.each([
    ['untyped', '48 91 03 666565 5a', new Map([[1, 'fee']])],
    ['typed', `4d 13 ${text('com.caucho.test.Car')} 91 03 666565 5a`, new Map([[1, 'fee']])],
    ['empty', '48 5a', new Map()],
    [
      'with keys that are objects to Java',
      '48 4e 90 7990 91 5a',
      new Map<unknown, unknown>([
        [null, 0],
        [[0], 1],
      ]),
    ],
    ['with the key __proto__', `48 09 ${text('__proto__')} 90 5a`, new Map([['__proto__', 0]])],
  ])('%s', (_name, hex, value) => {
    expect(read(hex, anything.read)).toEqual(value)
  })
})

describe('objects', () => {
  const car = `43 0b ${text('example.Car')} 92 05 ${text('color')} 05 ${text('model')}`

  it('are read by the names of their fields', () => {
    const value = read(`7a ${car} 60 03 ${text('red')} 08 ${text('corvette')} 60 4e 90`, anything.read)
    expect(value).toEqual([
      new JavaObject('example.Car', fields({ color: 'red', model: 'corvette' })),
      new JavaObject('example.Car', fields({ color: null, model: 0 })),
    ])
  })

  it('may have a class number of more than a byte', () => {
    const classes = Array.from({ length: 17 }, (_, i) => `43 01 ${text(String.fromCharCode(97 + i))} 90`).join('')
    expect(read(`${classes} 4f a0`, anything.read)).toEqual(new JavaObject('q', fields({})))
    const definitions = Array.from({ length: 18 }, (_, i) => new ClassDefinition(`c${i}`, []))
    expect(
      written((out) => {
        for (const definition of definitions) out.object(definition)
      }),
    ).toMatch(/4fa0[0-9a-f]{12}4fa1$/)
  })

  it('may follow several definitions', () => {
    expect(read('43 01 61 90 43 01 62 90 60', anything.read)).toEqual(new JavaObject('a', fields({})))
  })

  it('change no prototype', () => {
    const names = ['__proto__', 'constructor', 'toString']
    const value = read(
      `43 01 78 93 ${names.map((name) => written((out) => out.string(name))).join('')} 60 90 91 92`,
      anything.read,
    ) as JavaObject
    expect(Object.getPrototypeOf(value.fields)).toBe(null)
    expect(Object.entries(value.fields)).toEqual(names.map((name, i) => [name, i]))
  })

  test('a BigDecimal is one with its digits as text', () => {
    const hex = `43 14 ${text('java.math.BigDecimal')} 91 05 ${text('value')} 60 06 ${text('100.06')}`
    const value = new JavaObject('java.math.BigDecimal', fields({ value: '100.06' }))
    expect(read(hex, anything.read)).toEqual(value)
    expect(written((out) => anything.write(out, value))).toBe(hex.replaceAll(' ', ''))
  })
})

describe('references', () => {
  it('bring the very value', () => {
    const [a, b, c] = read('7b 79 90 51 91 51 91', anything.read) as unknown[]
    expect([a, b, c]).toEqual([[0], [0], [0]])
    expect(b).toBe(a)
    expect(c).toBe(a)
  })

  it('count lists, maps and objects, and nothing else', () => {
    const hex = `58 95 0161 21ff 4b00000000 48 5a 51 91`
    const items = read(hex, anything.read) as unknown[]
    expect(items[4]).toBe(items[3])
  })

  it('are written for what is the same, not for what is equal', () => {
    const one = [1]
    expect(written((out) => anything.write(out, [one, one, [1]]))).toBe('7b799151917991')
  })

  it('of many values are found', () => {
    const many = Array.from({ length: 100 }, (_, i) => [i])
    const value = [...many, ...many]
    const again = read(
      written((out) => anything.write(out, value)),
      anything.read,
    ) as unknown[]
    expect(again).toEqual(value)
    for (let i = 0; i < 100; i++) expect(again[100 + i]).toBe(again[i])
  })

  it('to what was passed over are read then', () => {
    const from = reading('7990 7890 5190'.replaceAll(' ', ''))
    from.skip()
    from.skip()
    from.pos++
    expect(from.shared(anything)).toEqual([0])
  })

  it.each([
    ['a list', '79 51 90'],
    ['a map', '48 51 90 90 5a'],
    ['an object', '43 01 78 91 01 79 60 51 90'],
  ])('in a circle are refused: %s', (_name, hex) => {
    expect(() => anything.read(reading(hex))).toThrow(/circle/)
    reading(hex).skip()
  })

  it('in a circle are not written', () => {
    const circle: unknown[] = []
    circle.push(circle)
    expect(() => written((out) => anything.write(out, circle))).toThrow()
  })

  it('to what is not there are refused', () => {
    expect(() => anything.read(reading('51 90'))).toThrow('it refers to value number 0, not there yet')
    expect(() => anything.read(reading('7a 90 51 4980000000'))).toThrow(/value number -2147483648/)
  })

  it('of references do not multiply', () => {
    // Each list holds the next one and 15 references to it: 16^10 values to whoever walks over them.
    let hex = '78'
    for (let inner = 10; inner > 0; inner--) hex = `58 a0 ${hex} ${`51 ${(0x90 + inner).toString(16)}`.repeat(15)}`
    expect(() => anything.read(reading(hex))).toThrow(/more than 1048576 values/)
  })
})

describe('what is too much is refused', () => {
  it.each([
    ['a length that the bytes left cannot hold', '58 497fffffff', 'a length of 2147483647 does not fit'],
    ['a length below nothing', '58 8f', 'a length of -1 does not fit'],
    ['more fields than bytes', '43 01 78 497fffffff', 'does not fit'],
    ['more depth', '79'.repeat(maxDepth + 1), 'nests deeper than'],
    ['more classes', '43017890'.repeat(1025), 'defines more than'],
    ['more values', `584900200000${'90'.repeat(0x200000)}`, 'more than 1048576 values'],
    ['a class that was not defined', '60', 'class number 0, not defined'],
    ['a type that was not named', '71 91 90', 'type number 1 was not named'],
    ['a code that means nothing', '40', 'expected a value, got a byte that begins no value'],
    ['an end without its list', '5a', 'got an end of a list or map'],
    ['a date that no Date holds', '4a7fffffffffffffff', 'outside of what a Date holds'],
    ['a type that is no text', '72 4e 90 91', 'expected an int, got null'],
  ])('%s', (_name, hex, message) => {
    expect(() => anything.read(reading(hex))).toThrow(message)
    if (!message.includes('Date')) expect(() => reading(hex).skip()).toThrow(message)
  })

  it('and the error tells where', () => {
    const hex = `48 01 61 43 01 78 91 05 ${text('items')} 60 7a 90 60 4a`
    try {
      anything.read(reading(hex))
      expect.unreachable()
    } catch (thrown) {
      expect((thrown as Misread).path).toBe('{0}.items[1].items')
    }
  })
})

describe('any value', () => {
  const value = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.double(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.date({ noInvalidDate: true }),
      fc.uint8Array({ maxLength: 40 }),
      fc.array(tie('any'), { maxLength: 12 }),
      fc.array(fc.tuple(tie('any'), tie('any')), { maxLength: 6 }).map((entries) => new Map(entries)),
      fc
        .tuple(fc.string(), fc.dictionary(fc.string(), tie('any'), { maxKeys: 20, noNullPrototype: false }))
        .map(([name, of]) => new JavaObject(name, fields(of))),
    ),
  })).any

  it('comes back', () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(
          read(
            written((out) => anything.write(out, given)),
            anything.read,
          ),
        ).toEqual(given)
      }),
      { numRuns: 300 },
    )
  })

  it('cut off at any byte is an error', () => {
    fc.assert(
      fc.property(value, (given) => {
        const hex = written((out) => anything.write(out, given))
        for (let end = 0; end < hex.length && end < 400; end += 2) {
          expect(() => anything.read(reading(hex.slice(0, end)))).toThrow(Misread)
          expect(() => reading(hex.slice(0, end)).skip()).toThrow(Misread)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('with bytes changed is another value or an error', () => {
    fc.assert(
      fc.property(
        value,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (given, changes) => {
          const bytes = Buffer.from(
            written((out) => anything.write(out, given)),
            'hex',
          )
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte
          try {
            anything.read(reading(bytes.toString('hex')))
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(Misread)
          }
        },
      ),
      { numRuns: 1500 },
    )
  })
})

function fields(of: Record<string, unknown>): Record<string, unknown> {
  return Object.assign(Object.create(null), of)
}
