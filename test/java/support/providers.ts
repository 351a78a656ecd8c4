import type { Call } from '../../../runtime/call.js'
import { RpcError } from '../../../runtime/error.js'
import {
  CallsServiceSkeleton,
  Color,
  type Node,
  type Person,
  SoldOut,
  TypesServiceSkeleton,
} from '../generated/types.js'
import { difference } from './difference.js'
import { ann, values } from './values.js'

type Row = Extract<keyof typeof values, string>

/** Every row of the matrix. */
export const rows = Object.keys(values).sort() as readonly Row[]

type Handlers = Record<string, (value: unknown) => unknown>

/** Answers each row with its value, where the value that came is the same; else with an error that says where it isn't. */
export function typesProvider(): TypesServiceSkeleton {
  const Types = class extends (TypesServiceSkeleton as unknown as new () => object) {}
  for (const row of rows) {
    ;(Types.prototype as unknown as Handlers)[row] = (value) => {
      const found = difference(values[row](), value)
      if (found !== undefined) throw new Error(`${row} came as another value${found}`)
      return values[row]()
    }
  }
  return new Types() as TypesServiceSkeleton
}

/** What both sides know. */
export const manyArguments = () =>
  [
    true,
    1,
    null,
    2n,
    3n,
    1,
    '票',
    new Date(1),
    '1.0',
    Color.RED,
    Uint8Array.of(1),
    [1n, 2n],
    new Set(['a']),
    new Map([[1, 'one']]),
    ann(),
  ] satisfies [
    boolean,
    number,
    number | null,
    bigint,
    bigint | null,
    number,
    string,
    Date,
    string,
    Color,
    Uint8Array,
    bigint[],
    Set<string>,
    Map<number, string>,
    Person,
  ]

/** What both sides know. */
export function soldOut(how: string): SoldOut {
  if (how === 'bare') return new SoldOut({ left: 0, message: '票 sold out' })
  if (how === 'causes') {
    const cause = new RpcError('failed_precondition', 'no seat', { cause: new RpcError('not_found', 'no train') })
    return Object.assign(new SoldOut({ left: 0, message: 'no ticket' }), { cause })
  }
  return new SoldOut({
    left: -1,
    number: 9007199254740993n,
    reason: Color.GREEN,
    until: new Date(1572000000123),
    others: [1n, 2n],
    message: 'sold out \u{1f600}',
  })
}

export class CallsProvider extends CallsServiceSkeleton {
  readonly #name: string
  readonly #notes: string[] = []

  constructor(name: string) {
    super()
    this.#name = name
  }

  nothing() {}

  who() {
    return this.#name
  }

  many(...args: [...ReturnType<typeof manyArguments>, Call]) {
    return manyArguments().filter((expected, i) => difference(expected, args[i]) === undefined).length
  }

  soldOut(how: string): string {
    throw soldOut(how)
  }

  broken(message: string): string {
    // What isn't an RpcError is nobody's business but the log's: its text stays here.
    throw new RpcError('failed_precondition', message)
  }

  circle(from?: Node): Node {
    if (!from) return circle()
    let count = 0
    for (let node: Node | undefined = from; node && count < 1000; node = node.next) count++
    return { label: String(count) }
  }

  attached(call: Call): string {
    const asked = call.metadata?.asked as string
    call.replyMetadata = { answered: asked }
    return asked
  }

  note(text: string) {
    this.#notes.push(text)
  }

  notes() {
    return this.#notes
  }

  async slow(millis: number, call: Call) {
    const given = Math.round(call.deadline - call.startedAt)
    await new Promise((resolve) => setTimeout(resolve, millis))
    return String(given)
  }
}

export function circle(): Node {
  const first: Node = { label: 'first' }
  first.next = { label: 'second', next: first }
  return first
}
