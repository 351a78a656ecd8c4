import {
  Color,
  type Employee,
  type Node,
  type Page_bigint,
  type Page_Person,
  type Person,
  type TypesServiceClient,
} from '../generated/types.js'

/** The value of each row, made anew each time. The same values in Java are in Values.java. */
export const values: {
  readonly [Row in keyof TypesServiceClient]: () => Parameters<TypesServiceClient[Row]>[0]
} = {
  booleanTrue: () => true,
  booleanBoxed: () => false,
  booleanNull: () => null,

  intMost: () => 2147483647,
  intLeast: () => -2147483648,
  integerBoxed: () => 48,
  integerNull: () => undefined,

  longMost: () => 9223372036854775807n,
  longLeast: () => -9223372036854775808n,
  longSmall: () => -9,
  longBoxed: () => 9007199254740993n,
  longNull: () => null,

  shortLeast: () => -32768,
  byteLeast: () => -128,

  doubleFraction: () => 0.1,
  doubleWhole: () => -300,
  doubleBoxed: () => 6.02214076e23,
  doubleNull: () => null,
  floatFraction: () => Math.fround(1.1),
  floatNull: () => null,

  stringChinese: () => '在注册中心拿',
  stringEmpty: () => '',
  stringNull: () => null,
  stringEmoji: () => 'a\u{1f600}\u{1d11e}é',
  stringLoneSurrogates: () => '\ude00x\ud83d',
  stringControls: () => '\0\t\r\n\x7f\x80\u07ff\u0800\uffff',
  stringInChunks: () => 'x'.repeat(32767) + '\u{1f600}'.repeat(20000),
  stringOf5Megabytes: () => '0123456789'.repeat(524288),
  charChinese: () => '票',

  bytesEach: () => Uint8Array.from({ length: 256 }, (_, i) => i),
  bytesEmpty: () => new Uint8Array(),
  bytesNull: () => null,
  bytesLarge: () => Uint8Array.from({ length: 100000 }, (_, i) => i * 7),

  dateMillis: () => new Date(1572000000123),
  dateMinutes: () => new Date(1572000000000),
  dateBefore1970: () => new Date(-2208988800001),
  dateNull: () => null,
  localDate: () => '2024-02-29',
  localDateNull: () => null,
  localTime: () => '23:59:58.123456789',
  localDateTime: () => '1999-12-31T23:59:59.001',
  instantNanos: () => '2019-10-25T10:40:00.123456789Z',
  instantBefore1970: () => new Date(-1500),
  duration: () => 'PT1H1M1.005S',
  zonedDateTime: () => '2026-11-28T08:30+08:00[Asia/Shanghai]',

  decimalLong: () => '-12345678901234567890.0123456789',
  decimalScale: () => '1.500',
  decimalNull: () => null,
  bigIntegerMost: () => '340282366920938463463374607431768211455',
  bigIntegerNegative: () => '-18446744073709551616',
  bigIntegerZero: () => 0n,
  bigIntegerNull: () => null,

  enumValue: () => Color.GREEN,
  enumNull: () => null,
  enumList: () => [Color.RED, Color.BLUE, Color.RED, null, Color.BLUE],
  enumKeys: () =>
    new Map([
      [Color.RED, 1],
      [Color.GREEN, 2],
    ]),

  listOfStrings: () => ['a', '', '票'],
  listEmpty: () => [],
  listNull: () => null,
  listWithNulls: () => [null, 'a', null],
  listOfIntegers: () => [0, -1, 2147483647, -2147483648],
  listOf100000: () => Array.from({ length: 100000 }, (_, i) => i * 3),
  listOfLongs: () => [0n, 1n, -9n, 16n, 2048n, 262144n, 2147483648n, 9223372036854775807n, -9223372036854775808n],
  listOfLongsWithNulls: () => [1n, null, 2n],
  listOf100000Longs: () => Array.from({ length: 100000 }, (_, i) => i * 30000000000),
  listOfDoubles: () => [
    0,
    1,
    -128,
    32767,
    0.001,
    65.536,
    1e21,
    5e-324,
    Number.MAX_VALUE,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ],
  listOfBooleans: () => [true, false, true],
  listOfDates: () => [new Date(0), new Date(60000), new Date(1)],
  listOfInstants: () => ['1970-01-01T00:00:00Z', '1970-01-01T00:00:01.000000001Z'],
  listOfLocalDateTimes: () => ['2026-01-02T03:04', '2026-01-02T03:04:05'],
  listOfDecimals: () => ['0', '-0.10'],
  listOfBigIntegers: () => [1n, 18446744073709551615n],
  listOfBytes: () => [Uint8Array.of(1, 255), new Uint8Array()],
  listOfLists: () => [[1n, 2n], [], [3n]],
  listOfMaps: () => [
    new Map([['a', 1n]]),
    new Map([
      ['b', 2n],
      ['c', 3n],
    ]),
  ],

  setOfStrings: () => new Set(['a', 'b', '票']),
  setOfLongs: () => new Set([1n, 2n, 9007199254740993n]),
  setEmpty: () => new Set(),
  setNull: () => null,

  mapOfStrings: () => ({ a: '1', '': '票' }),
  mapEmpty: () => new Map(),
  mapNull: () => null,
  mapWithNulls: () =>
    new Map([
      ['a', null],
      ['b', 2n],
    ]),
  mapByInteger: () =>
    new Map([
      [1, 'one'],
      [-1, 'minus one'],
    ]),
  mapByLong: () =>
    new Map([
      [1n, 1],
      [9007199254740993n, 0.5],
    ]),
  mapOfInstants: () =>
    new Map([
      [7, ['2019-10-25T10:40:00.001Z', '1970-01-01T00:00:05Z']],
      [8, []],
    ]),
  mapOfMaps: () =>
    new Map([
      [
        'a',
        new Map([
          [1n, new Set([1, 2])],
          [2n, new Set<number>()],
        ]),
      ],
      ['b', new Map<bigint, Set<number>>()],
    ]),
  mapOfPeople: () =>
    new Map([
      [1n, ann()],
      [2n, nobody()],
    ]),

  arrayOfStrings: () => ['a', null, '票'],
  arrayOfInts: () => [1, -1, 2147483647],
  arrayOfLongs: () => [1n, -9223372036854775808n],
  arrayOfPeople: () => [ann(), nobody()],

  person: () => ({ ...ann(), partner: nobody() }),
  personOfNulls: nobody,
  personNull: () => null,
  people: () => [ann(), nobody(), ann()],
  // The same person twice, and once an equal one.
  peopleShared: () => {
    const shared = ann()
    return [shared, ann(), shared]
  },
  employee: (): Employee => ({ name: 'ann', number: 3000000000n, boss: { name: 'boss' } }),
  pageOfPeople: (): Page_Person => ({ items: [ann()], first: nobody(), next: 2 }),
  pageOfLongs: (): Page_bigint => ({ items: [1n, 2n], first: 1n }),
  tree: (): Node => ({
    label: 'root',
    children: [
      { label: 'left', children: [] },
      { label: 'right', next: { label: 'next' } },
    ],
  }),
  // Two ways to one node.
  diamond: (): Node => {
    const end = { label: 'end' }
    return { label: 'top', next: { label: 'side', next: end }, children: [end, { label: 'other', next: end }] }
  },
  listsShared: () => {
    const shared = [1n]
    return [shared, [1n], shared]
  },
}

/** A person of whom everything is known, but for a partner. */
export function ann(): Person {
  return {
    name: '安\u{1f600}',
    age: 30,
    height: 170,
    id: 9007199254740993n,
    phone: 5n,
    score: 2,
    rating: 4.5,
    member: true,
    vip: false,
    born: new Date(699148800001),
    balance: '12.50',
    serial: '18446744073709551616',
    favourite: Color.BLUE,
    photo: Uint8Array.of(0, 127, 128),
    since: '2019-10-01',
    seen: '2019-10-01T12:00:00.000000007',
    numbers: [1n, -1n, 9223372036854775807n],
    labels: new Set(['x', 'y']),
    times: new Map([
      [1, ['1970-01-01T00:00:01.999999999Z']],
      [2, []],
    ]),
  }
}

/** A person of whom nothing is known: Java has zeros where it has no null. */
export function nobody(): Person {
  return { age: 0, id: 0n, score: 0, member: false }
}

/** The rows that are about size. */
export const largeRows = [
  'bytesLarge',
  'listOf100000',
  'listOf100000Longs',
  'stringInChunks',
  'stringOf5Megabytes',
] as const satisfies readonly (keyof typeof values)[]
