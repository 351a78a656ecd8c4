// tsubo: the numbers of this file are in tsubo.lock.json (owner tsubo#test/java/idl)
/**
 * What test/java's Java has in com.miao.types, as a contract.
 *
 * @package com.miao.types
 */
import type { decimal, double, float, int32, int53, int64, uint64 } from 'tsubo/types'

/**
 * One row of the type matrix a method: it takes a value that both sides know, and answers with the same value, made anew.
 * @java com.miao.types.TypesService
 */
export interface TypesService {
  booleanTrue(value: boolean): Promise<boolean>
  booleanBoxed(/** @java Boolean */ value: boolean): Promise<boolean>
  booleanNull(value: boolean | null): Promise<boolean | null>

  intMost(value: int32): Promise<int32>
  intLeast(value: int32): Promise<int32>
  integerBoxed(/** @java Integer */ value: int32): Promise<int32>
  integerNull(value?: int32): Promise<int32 | undefined>

  longMost(value: int64): Promise<int64>
  longLeast(value: bigint): Promise<bigint>
  longSmall(value: int53): Promise<int53>
  longBoxed(value: int64 | null): Promise<int64 | null>
  longNull(value: int64 | null): Promise<int64 | null>

  /** @javaResult short */
  shortLeast(/** @java short */ value: int32): Promise<int32>
  /** @javaResult byte */
  byteLeast(/** @java byte */ value: int32): Promise<int32>

  doubleFraction(value: double): Promise<double>
  doubleWhole(value: number): Promise<number>
  doubleBoxed(/** @java Double */ value: double): Promise<double>
  doubleNull(value: double | null): Promise<double | null>
  floatFraction(value: float): Promise<float>
  floatNull(value: float | null): Promise<float | null>

  stringChinese(value: string): Promise<string>
  stringEmpty(value: string): Promise<string>
  stringNull(value: string | null): Promise<string | null>
  stringEmoji(value: string): Promise<string>
  stringLoneSurrogates(value: string): Promise<string>
  stringControls(value: string): Promise<string>
  stringInChunks(value: string): Promise<string>
  stringOf5Megabytes(value: string): Promise<string>
  /** @javaResult char */
  charChinese(/** @java char */ value: string): Promise<string>

  bytesEach(value: Uint8Array): Promise<Uint8Array>
  bytesEmpty(value: Uint8Array): Promise<Uint8Array>
  bytesNull(value: Uint8Array | null): Promise<Uint8Array | null>
  bytesLarge(value: Uint8Array): Promise<Uint8Array>

  dateMillis(value: Date): Promise<Date>
  dateMinutes(value: Date): Promise<Date>
  dateBefore1970(value: Date): Promise<Date>
  dateNull(value: Date | null): Promise<Date | null>
  /** @javaResult LocalDate */
  localDate(/** @java LocalDate */ value: string): Promise<string>
  /** @javaResult LocalDate */
  localDateNull(/** @java LocalDate */ value: string | null): Promise<string | null>
  /** @javaResult LocalTime */
  localTime(/** @java LocalTime */ value: string): Promise<string>
  /** @javaResult LocalDateTime */
  localDateTime(/** @java LocalDateTime */ value: string): Promise<string>
  /** @javaResult Instant */
  instantNanos(/** @java Instant */ value: string): Promise<string>
  /** @javaResult Instant */
  instantBefore1970(/** @java Instant */ value: Date): Promise<Date>
  /** @javaResult Duration */
  duration(/** @java Duration */ value: string): Promise<string>
  /** @javaResult ZonedDateTime */
  zonedDateTime(/** @java ZonedDateTime */ value: string): Promise<string>

  decimalLong(value: decimal): Promise<decimal>
  decimalScale(value: decimal): Promise<decimal>
  decimalNull(value: decimal | null): Promise<decimal | null>
  /** @javaResult BigInteger */
  bigIntegerMost(/** @java BigInteger */ value: decimal): Promise<decimal>
  /** @javaResult BigInteger */
  bigIntegerNegative(/** @java BigInteger */ value: decimal): Promise<decimal>
  bigIntegerZero(value: uint64): Promise<uint64>
  bigIntegerNull(value: uint64 | null): Promise<uint64 | null>

  enumValue(value: Color): Promise<Color>
  enumNull(value: Color | null): Promise<Color | null>
  enumList(value: (Color | null)[]): Promise<(Color | null)[]>
  enumKeys(value: Map<Color, int32>): Promise<Map<Color, int32>>

  listOfStrings(value: string[]): Promise<string[]>
  listEmpty(value: string[]): Promise<string[]>
  listNull(value: string[] | null): Promise<string[] | null>
  listWithNulls(value: (string | null)[]): Promise<(string | null)[]>
  listOfIntegers(value: int32[]): Promise<int32[]>
  listOf100000(value: int32[]): Promise<int32[]>
  listOfLongs(value: int64[]): Promise<int64[]>
  listOfLongsWithNulls(value: (int64 | null)[]): Promise<(int64 | null)[]>
  listOf100000Longs(value: int53[]): Promise<int53[]>
  listOfDoubles(value: double[]): Promise<double[]>
  listOfBooleans(value: boolean[]): Promise<boolean[]>
  listOfDates(value: Date[]): Promise<Date[]>
  /** @javaResult List<Instant> */
  listOfInstants(/** @java List<Instant> */ value: string[]): Promise<string[]>
  /** @javaResult List<LocalDateTime> */
  listOfLocalDateTimes(/** @java List<LocalDateTime> */ value: string[]): Promise<string[]>
  listOfDecimals(value: decimal[]): Promise<decimal[]>
  listOfBigIntegers(value: uint64[]): Promise<uint64[]>
  listOfBytes(value: Uint8Array[]): Promise<Uint8Array[]>
  listOfLists(value: int64[][]): Promise<int64[][]>
  listOfMaps(value: Map<string, int64>[]): Promise<Map<string, int64>[]>

  setOfStrings(value: Set<string>): Promise<Set<string>>
  setOfLongs(value: Set<int64>): Promise<Set<int64>>
  setEmpty(value: Set<string>): Promise<Set<string>>
  setNull(value: Set<string> | null): Promise<Set<string> | null>

  mapOfStrings(value: Record<string, string>): Promise<Record<string, string>>
  mapEmpty(value: Map<string, string>): Promise<Map<string, string>>
  mapNull(value: Map<string, string> | null): Promise<Map<string, string> | null>
  mapWithNulls(value: Map<string, int64 | null>): Promise<Map<string, int64 | null>>
  mapByInteger(value: Map<int32, string>): Promise<Map<int32, string>>
  mapByLong(value: Map<int64, double>): Promise<Map<int64, double>>
  /** @javaResult Map<Integer, List<Instant>> */
  mapOfInstants(/** @java Map<Integer, List<Instant>> */ value: Map<int32, string[]>): Promise<Map<int32, string[]>>
  mapOfMaps(value: Map<string, Map<int64, Set<int32>>>): Promise<Map<string, Map<int64, Set<int32>>>>
  mapOfPeople(value: Map<int64, Person>): Promise<Map<int64, Person>>

  /** @javaResult String[] */
  arrayOfStrings(/** @java String[] */ value: (string | null)[]): Promise<(string | null)[]>
  /** @javaResult int[] */
  arrayOfInts(/** @java int[] */ value: int32[]): Promise<int32[]>
  /** @javaResult long[] */
  arrayOfLongs(/** @java long[] */ value: int64[]): Promise<int64[]>
  /** @javaResult com.miao.types.Person[] */
  arrayOfPeople(/** @java com.miao.types.Person[] */ value: Person[]): Promise<Person[]>

  person(value: Person): Promise<Person>
  personOfNulls(value: Person): Promise<Person>
  personNull(value: Person | null): Promise<Person | null>
  people(value: Person[]): Promise<Person[]>
  peopleShared(value: Person[]): Promise<Person[]>
  employee(value: Employee): Promise<Employee>
  pageOfPeople(value: Page<Person>): Promise<Page<Person>>
  pageOfLongs(value: Page<int64>): Promise<Page<int64>>
  tree(value: Node): Promise<Node>
  diamond(value: Node): Promise<Node>
  listsShared(value: int64[][]): Promise<int64[][]>
}

/**
 * What is about the call and not about its values.
 * @java com.miao.types.CallsService
 */
export interface CallsService {
  nothing(): Promise<void>

  /**
   * The name of the provider that answers.
   * @idempotent
   */
  who(): Promise<string>

  /** Answers with the number of arguments that are as both sides know them. */
  many(
    a: boolean,
    b: int32,
    c: int32 | null,
    d: int64,
    e: int64 | null,
    f: double,
    g: string,
    h: Date,
    i: decimal,
    j: Color,
    k: Uint8Array,
    l: int64[],
    m: Set<string>,
    n: Map<int32, string>,
    o: Person,
  ): Promise<int32>

  /** @throws {SoldOut} with its fields set ("fields"), without ("bare"), or with two causes ("causes") */
  soldOut(how: string): Promise<string>

  /** Throws what it doesn't declare. */
  broken(message: string): Promise<string>

  /** Answers with a circle of nodes, where it is told to; else with how many nodes came. */
  circle(from?: Node): Promise<Node>

  /** Answers with the attachment "asked", and attaches it to the answer as "answered". */
  attached(): Promise<string>

  /** @oneway */
  note(text: string): void

  notes(): Promise<string[]>

  /** Answers after so long; what it says is how many milliseconds it was given. */
  slow(millis: int32): Promise<string | null>
}

export enum Color {
  RED = 'RED',
  GREEN = 'GREEN',
  BLUE = 'BLUE',
}

/** A field of every type. */
export interface Person {
  name?: string
  age: int32
  height?: int32
  id: int64
  phone?: int64
  score: double
  rating?: double
  member: boolean
  vip?: boolean
  born?: Date
  balance?: decimal
  /** @java BigInteger */
  serial?: decimal
  favourite?: Color
  photo?: Uint8Array
  /** @java LocalDate */
  since?: string
  /** @java LocalDateTime */
  seen?: string
  numbers?: int64[]
  labels?: Set<string>
  /** @java Map<Integer, List<Instant>> */
  times?: Map<int32, string[]>
  partner?: Person
}

export interface Named {
  name: string
}

/** Has the fields of its superclass, too. */
export interface Employee extends Named {
  number: int64
  boss?: Named
}

/**
 * One class in Java, one message a use here.
 * @java com.miao.types.Page
 */
export interface Page<T> {
  items: T[]
  first?: T
  next?: int32
}

/** Refers to its own kind: trees, shared parts, and circles, which a contract has no values for. */
export interface Node {
  label: string
  next?: Node
  children?: Node[]
}

/** A checked exception with fields of its own. */
export interface SoldOut extends Error {
  left: int32
  number?: int64
  reason?: Color
  until?: Date
  others?: int64[]
}
