export interface Types {
  any(value: any): Promise<unknown>
  nulls(a: string | null, b: null): Promise<undefined>
  unions(a: string | number, b: 'x' | 'y', c: Ok | Other): Promise<'only'>
  shapes(a: { inline: string }, b: [string, number], c: () => void, d: object): Promise<never>
  built(a: Map<string, string>, b: Set<string>, c: Record<string, string>, d: Promise<string>, e: symbol): Promise<RegExp>
  mapped(a: Partial<Ok>, b: Pick<Ok, 'a'>, c: Ok & Other, d: Ok['a'], e: keyof Ok, f: `x${string}`): Promise<typeof globalThis>
  lists(a: (string | undefined)[], b: Array<Ok | null>, c: readonly any[]): Promise<void>
  streams(a: AsyncIterable<string>, b: AsyncIterable<string>, c?: AsyncIterable<string>): AsyncIterable<void>
  promised(): Promise<AsyncIterable<string>>
  service(value: Types): Promise<Failed>
  rest(...values: string[]): Promise<void>
  destructured({ a }: Ok): Promise<void>
  generic<T>(value: T): Promise<T>
  member(value: Level.High): Promise<void>
  this(this: Ok): Promise<void>
  wrapped(value: Number): Promise<String>
  untyped(value): Promise<void>
  aliases(value: Circle, again: Page<string>): Promise<void>
  same(value: string): Promise<void>
  same(value: number): Promise<void>
}

type Circle = Circle[]
type Page<T> = T[]

export interface Ok {
  a: string
  nothing
}

export interface Other {
  b: string
}

export enum Level {
  High = 'high',
}

export interface Failed extends Error {}
