/**
 * What contracts may name without importing it, for the type check: JavaScript's own types as far as contracts can tell
 * them apart. TypeScript's library files say the same at a hundred times the length, and reading them takes as long as two
 * hundred contracts.
 *
 * A test holds it to them: the same assignments are errors with either.
 */
export const library = `
interface SymbolConstructor {
  readonly iterator: unique symbol
  readonly asyncIterator: unique symbol
  readonly toStringTag: unique symbol
}
declare var Symbol: SymbolConstructor
interface Symbol { toString(): string; valueOf(): symbol; readonly description: string | undefined }
interface Object { toString(): string; valueOf(): Object; hasOwnProperty(v: PropertyKey): boolean }
interface Function { apply(this: Function, self: any, args?: any): any; prototype: any; readonly length: number; name: string }
interface CallableFunction extends Function {}
interface NewableFunction extends Function {}
interface IArguments { [index: number]: any; length: number }
interface String {
  readonly length: number
  charAt(at: number): string
  readonly [index: number]: string
  [Symbol.iterator](): StringIterator<string>
}
interface Number { toFixed(digits?: number): string; toPrecision(digits?: number): string; valueOf(): number }
interface Boolean { valueOf(): boolean }
interface BigInt { toString(radix?: number): string; valueOf(): bigint; readonly [Symbol.toStringTag]: 'BigInt' }
interface RegExp { exec(text: string): RegExpExecArray | null; readonly source: string; lastIndex: number }
interface RegExpExecArray extends Array<string> { index: number; input: string }
interface Date { getTime(): number; toISOString(): string; setTime(time: number): number }
interface Error { name: string; message: string; stack?: string; cause?: unknown }
interface EvalError extends Error {}
interface RangeError extends Error {}
interface ReferenceError extends Error {}
interface SyntaxError extends Error {}
interface TypeError extends Error {}
interface URIError extends Error {}
interface AggregateError extends Error { errors: any[] }

interface ReadonlyArray<T> {
  readonly length: number
  readonly [index: number]: T
  concat(...items: ReadonlyArray<T>[]): T[]
  indexOf(item: T, from?: number): number
  at(index: number): T | undefined
  [Symbol.iterator](): ArrayIterator<T>
}
interface Array<T> {
  length: number
  [index: number]: T
  concat(...items: ReadonlyArray<T>[]): T[]
  indexOf(item: T, from?: number): number
  at(index: number): T | undefined
  push(...items: T[]): number
  pop(): T | undefined
  [Symbol.iterator](): ArrayIterator<T>
}
interface ArrayLike<T> { readonly length: number; readonly [index: number]: T }
interface ReadonlySet<T> {
  has(item: T): boolean
  readonly size: number
  forEach(call: (item: T, again: T, set: ReadonlySet<T>) => void): void
  [Symbol.iterator](): SetIterator<T>
}
interface Set<T> {
  add(item: T): this
  clear(): void
  delete(item: T): boolean
  has(item: T): boolean
  readonly size: number
  forEach(call: (item: T, again: T, set: Set<T>) => void): void
  [Symbol.iterator](): SetIterator<T>
  readonly [Symbol.toStringTag]: string
}
interface ReadonlyMap<K, V> {
  get(key: K): V | undefined
  has(key: K): boolean
  readonly size: number
  forEach(call: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void
  [Symbol.iterator](): MapIterator<[K, V]>
}
interface Map<K, V> {
  clear(): void
  delete(key: K): boolean
  get(key: K): V | undefined
  has(key: K): boolean
  set(key: K, value: V): this
  readonly size: number
  forEach(call: (value: V, key: K, map: Map<K, V>) => void): void
  [Symbol.iterator](): MapIterator<[K, V]>
  readonly [Symbol.toStringTag]: string
}
interface WeakSet<T extends WeakKey> { add(item: T): this; has(item: T): boolean; readonly [Symbol.toStringTag]: string }
interface WeakMap<K extends WeakKey, V> { get(key: K): V | undefined; set(key: K, value: V): this; readonly [Symbol.toStringTag]: string }
interface WeakRef<T extends WeakKey> { readonly [Symbol.toStringTag]: 'WeakRef'; deref(): T | undefined }
type WeakKey = object | symbol

interface IteratorYieldResult<T> { done?: false; value: T }
interface IteratorReturnResult<T> { done: true; value: T }
type IteratorResult<T, R = any> = IteratorYieldResult<T> | IteratorReturnResult<R>
interface Iterator<T, R = any, N = any> { next(...args: [] | [N]): IteratorResult<T, R> }
interface Iterable<T, R = any, N = any> { [Symbol.iterator](): Iterator<T, R, N> }
interface IterableIterator<T, R = any, N = any> extends Iterator<T, R, N> { [Symbol.iterator](): IterableIterator<T, R, N> }
interface IteratorObject<T, R = unknown, N = unknown> extends Iterator<T, R, N> { [Symbol.iterator](): IteratorObject<T, R, N> }
interface ArrayIterator<T> extends IteratorObject<T, undefined> { [Symbol.iterator](): ArrayIterator<T> }
interface StringIterator<T> extends IteratorObject<T, undefined> { [Symbol.iterator](): StringIterator<T> }
interface SetIterator<T> extends IteratorObject<T, undefined> { [Symbol.iterator](): SetIterator<T> }
interface MapIterator<T> extends IteratorObject<T, undefined> { [Symbol.iterator](): MapIterator<T> }
interface Generator<T = unknown, R = any, N = any> extends IteratorObject<T, R, N> { [Symbol.iterator](): Generator<T, R, N> }
interface AsyncIterator<T, R = any, N = any> { next(...args: [] | [N]): Promise<IteratorResult<T, R>> }
interface AsyncIterable<T, R = any, N = any> { [Symbol.asyncIterator](): AsyncIterator<T, R, N> }
interface AsyncIterableIterator<T, R = any, N = any> extends AsyncIterator<T, R, N> { [Symbol.asyncIterator](): AsyncIterableIterator<T, R, N> }
interface AsyncGenerator<T = unknown, R = any, N = any> extends AsyncIterator<T, R, N> { [Symbol.asyncIterator](): AsyncGenerator<T, R, N> }
interface PromiseLike<T> { then<A = T, B = never>(done?: ((value: T) => A | PromiseLike<A>) | null, failed?: ((reason: any) => B | PromiseLike<B>) | null): PromiseLike<A | B> }
interface Promise<T> {
  then<A = T, B = never>(done?: ((value: T) => A | PromiseLike<A>) | null, failed?: ((reason: any) => B | PromiseLike<B>) | null): Promise<A | B>
  catch<B = never>(failed?: ((reason: any) => B | PromiseLike<B>) | null): Promise<T | B>
  readonly [Symbol.toStringTag]: string
}

interface ArrayBuffer { readonly byteLength: number; slice(begin?: number, end?: number): ArrayBuffer; readonly [Symbol.toStringTag]: 'ArrayBuffer' }
interface SharedArrayBuffer { readonly byteLength: number; slice(begin?: number, end?: number): SharedArrayBuffer; readonly [Symbol.toStringTag]: 'SharedArrayBuffer' }
type ArrayBufferLike = ArrayBuffer | SharedArrayBuffer
interface ArrayBufferView<B extends ArrayBufferLike = ArrayBufferLike> { readonly buffer: B; readonly byteLength: number; readonly byteOffset: number }
interface DataView<B extends ArrayBufferLike = ArrayBufferLike> extends ArrayBufferView<B> { readonly [Symbol.toStringTag]: 'DataView'; getInt8(at: number): number }
${'Int8 Uint8 Uint8Clamped Int16 Uint16 Int32 Uint32 Float32 Float64'
  .split(' ')
  .map((name) => typedArray(name, 'number'))
  .join('')}
${'BigInt64 BigUint64'
  .split(' ')
  .map((name) => typedArray(name, 'bigint'))
  .join('')}
interface JSON { readonly [Symbol.toStringTag]: 'JSON' }
interface Math { readonly [Symbol.toStringTag]: 'Math' }
interface Buffer extends Uint8Array { readUInt8(offset?: number): number }

type PropertyKey = string | number | symbol
type Partial<T> = { [P in keyof T]?: T[P] }
type Required<T> = { [P in keyof T]-?: T[P] }
type Readonly<T> = { readonly [P in keyof T]: T[P] }
type Pick<T, K extends keyof T> = { [P in K]: T[P] }
type Record<K extends keyof any, T> = { [P in K]: T }
type Exclude<T, U> = T extends U ? never : T
type Extract<T, U> = T extends U ? T : never
type Omit<T, K extends keyof any> = Pick<T, Exclude<keyof T, K>>
type NonNullable<T> = T & {}
type Parameters<T extends (...args: any) => any> = T extends (...args: infer P) => any ? P : never
type ReturnType<T extends (...args: any) => any> = T extends (...args: any) => infer R ? R : any
type Awaited<T> = T extends null | undefined ? T : T extends PromiseLike<infer V> ? Awaited<V> : T
type Uppercase<S extends string> = intrinsic
type Lowercase<S extends string> = intrinsic
type Capitalize<S extends string> = intrinsic
type Uncapitalize<S extends string> = intrinsic
type NoInfer<T> = intrinsic
interface ThisType<T> {}
`

function typedArray(name: string, item: string): string {
  return `interface ${name}Array<B extends ArrayBufferLike = ArrayBufferLike> extends ArrayBufferView<B> {
  readonly BYTES_PER_ELEMENT: number; length: number; [index: number]: ${item}; readonly [Symbol.toStringTag]: '${name}Array'
  [Symbol.iterator](): ArrayIterator<${item}>
}
`
}
