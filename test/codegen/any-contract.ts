/*
 * Random contracts, the same for the same seed: 5 to 40 declarations of every kind, a service around them, and one step of
 * evolution. Kept as plain data, so that a step is an edit of data, not of text.
 */

interface Property {
  readonly name: string
  readonly type: string
  readonly optional: boolean
}

interface Message {
  readonly kind: 'message'
  readonly name: string
  readonly properties: readonly Property[]
}

/** An enum, an alias or a generic interface: its text, and its members where a step may add one. */
interface Other {
  readonly kind: 'enum' | 'text'
  readonly name: string
  readonly text: string
}

export interface AnyContract {
  readonly package: string
  readonly declarations: readonly (Message | Other)[]
  readonly methods: readonly string[]
}

/** mulberry32: small, and the same everywhere. */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * count)
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T
  }
}

const plain =
  'string number boolean bigint Date Uint8Array decimal double float int32 uint32 sint32 fixed32 sfixed32 int53 int64 uint64 sint64 fixed64 sfixed64'.split(
    ' ',
  )
const distinct = ['string', 'int32', 'bigint', 'uint64', 'boolean']

export function anyContract(dice: Dice, index: number): AnyContract {
  const declarations: (Message | Other)[] = []
  const count = 5 + dice.below(36)
  for (let i = 0; i < count; i++) declarations.push(anyDeclaration(dice, i, declarations))
  const properties = declarations
    .filter((d) => d.name !== 'Page')
    .map((d, i): Property => ({ name: `p${i}`, type: d.name, optional: dice.below(2) === 0 }))
  declarations.push({
    kind: 'message',
    name: 'Q',
    properties: [...properties, { name: 'word', type: 'string', optional: false }],
  })
  const usable = declarations.filter((d) => d.name !== 'Page').map((d) => d.name)
  const methods = ['echo(q: Q): Promise<Q>']
  for (let i = 0; i < dice.below(4); i++) {
    const result = dice.one(['void', `${dice.one(usable)}`, `${dice.one(plain)}[]`, `${dice.one(usable)} | undefined`])
    const wrapped =
      result !== 'void' && !result.includes('undefined') && dice.below(4) === 0 ? 'AsyncIterable' : 'Promise'
    methods.push(`m${i}(a: ${dice.one(usable)}, b?: ${dice.one(plain)}): ${wrapped}<${result}>`)
  }
  return { package: `random.c${index}`, declarations, methods }
}

function anyDeclaration(dice: Dice, i: number, before: readonly (Message | Other)[]): Message | Other {
  const name = `T${i}`
  switch (dice.below(9)) {
    case 0:
      return { kind: 'enum', name, text: `export enum ${name} { A = 'a${i}', B = 'b${i}' }` }
    case 1:
      return { kind: 'enum', name, text: `export enum ${name} { A = -1, B = ${i + 1} }` }
    case 2:
      return { kind: 'text', name, text: `export type ${name} = 'x' | 'y' | 'z${i}'` }
    case 3: {
      const text = `export interface ${name}A { kind: 'a'; a: ${anyType(dice, before, 1)} }
export interface ${name}B { kind: 'b'; b?: ${anyType(dice, before, 1)}; next?: ${name} }
export type ${name} = ${name}A | ${name}B`
      return { kind: 'text', name, text }
    }
    case 4:
      return {
        kind: 'text',
        name,
        text: `export type ${name} = string | ${dice.one(['number', 'bigint', 'boolean', 'int32'])}`,
      }
    default: {
      const properties = Array.from({ length: 1 + dice.below(8) }, (_, p): Property => {
        const own = dice.below(10) === 0
        return {
          name: `f${p}`,
          type: own ? `${name}[]` : anyType(dice, before, 0),
          optional: !own && dice.below(3) === 0,
        }
      })
      return { kind: 'message', name, properties }
    }
  }
}

function anyType(dice: Dice, before: readonly (Message | Other)[], depth: number): string {
  const inner = () => anyType(dice, before, depth + 1)
  const messages = before.filter((d) => d.kind === 'message')
  const choice = depth > 2 ? dice.below(2) : dice.below(13)
  switch (choice) {
    case 0:
    case 2:
      return dice.one(plain)
    case 1:
    case 3:
      return before.length > 0 ? dice.one(before).name : dice.one(plain)
    case 4:
      return `(${inner()})[]`
    case 5: {
      const type = anyType(dice, before, 3)
      return `(${type} | null)`
    }
    case 6:
      return `Set<${dice.one(distinct)}>`
    case 7:
      return `Map<${dice.one(distinct)}, ${inner()}>`
    case 8:
      return `Record<string, ${inner()}>`
    case 9:
      return `[${inner()}, ${dice.one(plain)}?]`
    case 10:
      return `{ x: ${dice.one(plain)}; y?: ${inner()} }`
    case 11:
      return messages.length > 0
        ? `${dice.one(['Partial', 'Readonly', 'Required'])}<${dice.one(messages).name}>`
        : 'unknown'
    default:
      return before.length > 0 ? `Page<${dice.one(before).name}>` : 'unknown'
  }
}

/** The contract's text, without the line that names its owner. */
export function contractText(contract: AnyContract): string {
  const declared = contract.declarations.map((d) =>
    d.kind === 'message'
      ? `export interface ${d.name} {\n${d.properties.map((p) => `  ${p.name}${p.optional ? '?' : ''}: ${p.type}\n`).join('')}}`
      : d.text,
  )
  return `/** @package ${contract.package} */
import type { ${plain.slice(6).join(', ')} } from 'tsubo/types'

export interface S {
${contract.methods.map((m) => `  ${m}\n`).join('')}}

export interface Page<T> {
  items: T[]
  next?: string
}

${declared.join('\n\n')}
`
}

/** The same contract after one change, compatible or not, and what it was. */
export function evolved(dice: Dice, contract: AnyContract): { readonly contract: AnyContract; readonly step: string } {
  const messages = contract.declarations.filter((d) => d.kind === 'message' && d.properties.length > 1)
  const target = dice.one(messages) as Message
  const replace = (properties: readonly Property[]): AnyContract => ({
    ...contract,
    declarations: contract.declarations.map((d) => (d === target ? { ...target, properties } : d)),
  })
  const at = dice.below(target.properties.length)
  const chosen = target.properties[at] as Property
  const rest = target.properties.filter((p) => p !== chosen)
  const where = `${target.name}.${chosen.name}`
  const added: Property = { name: 'added', type: dice.one(plain), optional: true }
  switch (dice.below(7)) {
    case 0:
      return { contract: replace([added, ...target.properties]), step: `added an optional property to ${target.name}` }
    case 1:
      return { contract: replace(rest), step: `removed ${where}` }
    case 2:
      return { contract: replace([...target.properties].reverse()), step: `reversed ${target.name}` }
    case 3:
      return {
        contract: replace([...rest, { ...chosen, optional: !chosen.optional }]),
        step: `changed the presence of ${where}`,
      }
    case 4:
      return {
        contract: replace([...rest, { ...chosen, type: dice.one(plain) }]),
        step: `changed the type of ${where}`,
      }
    case 5:
      return { contract: replace([...rest, { ...added, optional: false }]), step: `replaced ${where}` }
    default:
      return {
        contract: { ...contract, methods: ['born(a: string): Promise<Q>', ...contract.methods] },
        step: 'added a method',
      }
  }
}
