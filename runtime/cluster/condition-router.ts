import type { Call } from '../call.js'
import { globMatches } from './address-pattern.js'
import { javaText } from './java-text.js'
import type { Node } from './node.js'
import { joinRouters, type Router } from './router.js'

/** Dubbo's condition rule (ConditionRouterRule). */
export interface ConditionRule {
  /** Default true. */
  readonly enabled?: boolean
  /** A condition that leaves nobody holds nevertheless, and the call fails. Default false: then it doesn't hold. */
  readonly force?: boolean
  /** `method=find* => host=10.0.0.*`; each narrows down what those before it have left. */
  readonly conditions: readonly string[]
}

/** Who asks, as conditions know it: `application`, `host` and whatever else it is published with. */
export type ConsumerParameters = Readonly<Record<string, string>>

/**
 * Routes by conditions, `when => then`: calls that `when` holds for go only to providers that `then` holds for. Both are terms
 * joined by `&`: `key=a,b` (one of them), `key!=a,b` (none of them); `*` stands for any text, `1~100` for a range, `$key` for a
 * parameter of the consumer. `when` knows `method`, `arguments[0]`, `attachments[key]` and the consumer's parameters, `then`
 * knows `host`, `port`, `address`, `application`, `protocol` and the provider's parameters. An empty `when` holds for all; an
 * empty `then` forbids the call. (Dubbo's ConditionStateRouter; scripts and its multi-destination form are not taken.)
 * Throws RangeError for a condition that can't be read.
 */
export function conditionRouter(rule: ConditionRule, consumer: ConsumerParameters = {}): Router {
  if (rule.enabled === false) return (nodes) => () => nodes
  return joinRouters(rule.conditions.map((text) => oneCondition(text, rule.force === true, consumer)))
}

function oneCondition(text: string, force: boolean, consumer: ConsumerParameters): Router {
  const { when, to } = parseCondition(text)
  return (nodes) => {
    const matching = nodes.filter((node) => allows({ to }, node, consumer))
    const left =
      matching.length === nodes.length || (matching.length === 0 && !force && to !== 'nobody') ? nodes : matching
    if (left === nodes) return () => nodes
    return (call) => (holds(when, (key) => callValue(call, key, consumer), consumer) ? left : nodes)
  }
}

interface Term {
  readonly key: string
  readonly matches: readonly string[]
  readonly mismatches: readonly string[]
}

export interface Condition {
  readonly when: readonly Term[]
  readonly to: readonly Term[] | 'nobody'
}

const longest = 4096

export function parseCondition(text: string): Condition {
  if (text.length > longest)
    throw new RangeError(`a condition of ${text.length} characters is over the limit of ${longest}`)
  const plain = text.replaceAll('consumer.', '').replaceAll('provider.', '')
  const arrow = plain.indexOf('=>')
  const when = arrow < 0 ? '' : plain.slice(0, arrow).trim()
  const then = (arrow < 0 ? plain : plain.slice(arrow + 2)).trim()
  if (arrow < 0 && then === '') throw new RangeError('a condition is written as: method=find* => host=10.0.0.*')
  return {
    when: when === '' || when === 'true' ? [] : parseTerms(when, text),
    to: then === '' || then === 'false' ? 'nobody' : parseTerms(then, text),
  }
}

function parseTerms(text: string, whole: string): Term[] {
  const terms = new Map<string, { key: string; matches: string[]; mismatches: string[] }>()
  for (const part of text.split('&')) {
    const [, key, not, values] = /^\s*([^\s&!=,]+)\s*(!?)=\s*(\S.*?)\s*$/.exec(part) ?? []
    const list = values?.split(',').map((value) => value.trim())
    if (!key || !list?.every((value) => value !== '' && !/[\s!=]/.test(value))) {
      const shown = JSON.stringify(whole.slice(0, 200))
      throw new RangeError(
        `${shown}: ${JSON.stringify(part.trim().slice(0, 80))} is not written as key=value,value or key!=value`,
      )
    }
    const term = terms.get(key) ?? { key, matches: [], mismatches: [] }
    terms.set(key, term)
    ;(not ? term.mismatches : term.matches).push(...list)
  }
  return [...terms.values()]
}

function holds(
  terms: readonly Term[],
  read: (key: string) => string | undefined,
  consumer: ConsumerParameters,
): boolean {
  return terms.every(({ key, matches, mismatches }) => {
    const value = read(key)
    // As Dubbo: a term about something that isn't there doesn't hold.
    if (value === undefined) return false
    const is = (pattern: string) => valueMatches(pattern, value, consumer)
    return !mismatches.some(is) && (matches.length === 0 || matches.some(is))
  })
}

function valueMatches(pattern: string, value: string, consumer: ConsumerParameters): boolean {
  const wanted = pattern.startsWith('$') ? (consumer[pattern.slice(1)] ?? '') : pattern
  const range = /^(\d{0,15})~(\d{0,15})$/.exec(wanted)
  if (range && /^-?\d{1,15}$/.test(value) && wanted !== '~') {
    const [, least = '', most = ''] = range
    return (least === '' || Number(value) >= Number(least)) && (most === '' || Number(value) <= Number(most))
  }
  return globMatches(wanted, value)
}

function callValue(call: Call, key: string, consumer: ConsumerParameters): string | undefined {
  if (key === 'method' || key === 'methods') return call.method.schema.name
  const [, of, inner = ''] = /^(arguments|attachments)\[(.*)\]$/.exec(key) ?? []
  if (of === 'arguments') {
    const i = Number(inner)
    return Number.isInteger(i) && i < call.args.length
      ? javaText(call.args[i], call.method.schema.params[i]?.type)
      : undefined
  }
  if (of === 'attachments') {
    const value = call.metadata?.[inner]
    return typeof value === 'string' ? value : undefined
  }
  return Object.hasOwn(consumer, key) ? consumer[key] : undefined
}

/** Whether calls that a condition is for may go to a provider. */
export function allows(
  { to }: Pick<Condition, 'to'>,
  node: Pick<Node, 'address' | 'provider'>,
  consumer: ConsumerParameters,
): boolean {
  return to !== 'nobody' && holds(to, (key) => providerValue(node, key), consumer)
}

function providerValue({ address, provider }: Pick<Node, 'address' | 'provider'>, key: string): string | undefined {
  switch (key) {
    case 'host':
      return address.host
    case 'port':
      return String(address.port)
    case 'address':
      return `${address.host}:${address.port}`
    case 'protocol':
      return address.protocol
    case 'application':
    case 'remote.application':
      return provider.application
    default:
      return provider.params.get(key)
  }
}
