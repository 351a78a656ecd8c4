import { patternLength, withoutNull } from '../runtime/schema/constraint.js'
import { formats } from '../runtime/schema/format.js'
import { nearest } from '../runtime/schema/nearest.js'
import type { Constraints, Scalar } from '../runtime/schema/schema.js'
import type { Tag } from './comment.js'
import type { DiagnosticCode } from './diagnostics.js'
import type { ModelType } from './model.js'
import { patternProblem } from './pattern.js'

/** The tags that say what a property's or parameter's value has to be besides its type. */
export const constraintTags = [
  'minLength',
  'maxLength',
  'pattern',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'format',
] as const

type ConstraintTag = (typeof constraintTags)[number]
type Report = (tag: Tag, code: DiagnosticCode, message: string, fix: string) => void
type Draft = { -readonly [K in keyof Constraints]: Constraints[K] }

/**
 * Reads the constraint tags of one comment, for a value of `type`. Empty where there are none, so that it can be spread into
 * the field. What is wrong with them (no number, a type they say nothing about, a pattern that could search for ever) is
 * reported, and left out.
 */
export function readConstraints(tags: readonly Tag[], type: ModelType, report: Report): { constraints?: Constraints } {
  const found: Draft = {}
  const places = new Map<ConstraintTag, Tag>()
  for (const tag of tags) {
    const name = constraintTags.find((known) => known === tag.name)
    if (name === undefined) continue
    const refuse = (message: string, fix: string) => report(tag, 'bad-constraint', message, fix)
    if (places.has(name)) refuse(`@${name} stands here twice`, 'remove one of the two')
    else if (!fits(name, type)) refuse(`@${name} says nothing about ${describe(type)}`, fixFor(name, type))
    else if (name === 'format') {
      if (Object.hasOwn(formats, tag.text)) found.format = tag.text
      else {
        const close = nearest(tag.text, Object.keys(formats))
        const fix = close ? `did you mean "@format ${close}"?` : `formats are: ${Object.keys(formats).join(', ')}`
        refuse(`there is no format ${JSON.stringify(tag.text.slice(0, 40))}`, fix)
      }
    } else if (name === 'pattern') found.pattern = tag.text
    else setNumber(found, name, tag, type, refuse)
    places.set(name, tag)
  }
  const pattern = places.get('pattern')
  if (pattern && found.pattern !== undefined) {
    const problem = patternProblem(found.pattern, found.maxLength ?? patternLength)
    if (problem) report(pattern, 'bad-constraint', problem.message, problem.fix)
  }
  for (const [low, high] of [
    ['minLength', 'maxLength'],
    ['minimum', 'maximum'],
    ['minItems', 'maxItems'],
  ] as const) {
    const [least, most, place] = [found[low], found[high], places.get(high)]
    if (least !== undefined && most !== undefined && least > most && place) {
      report(place, 'bad-constraint', `@${low} ${least} and @${high} ${most} leave no value`, 'swap the two numbers')
    }
  }
  return Object.keys(found).length > 0 ? { constraints: found } : {}
}

function setNumber(
  found: Draft,
  name: Exclude<ConstraintTag, 'pattern' | 'format'>,
  tag: Tag,
  type: ModelType,
  refuse: (message: string, fix: string) => void,
): void {
  const isBound = name === 'minimum' || name === 'maximum'
  const value = Number(tag.text)
  if (!/^-?\d{1,16}(\.\d{1,16})?([eE][+-]?\d{1,3})?$/.test(tag.text) || !Number.isFinite(value)) {
    refuse(`@${name} needs a number`, `write: @${name} ${isBound ? 0 : 40}`)
  } else if (!isBound && (!Number.isSafeInteger(value) || value < 0)) {
    refuse(`@${name} counts: it needs a whole number`, `write: @${name} 40`)
  } else if (isBound && isWhole(itemType(type)) && !Number.isSafeInteger(value)) {
    refuse(
      `@${name} ${tag.text} is no whole number that TypeScript holds exactly`,
      `write: @${name} ${Math.trunc(value) || 0}`,
    )
  } else found[name] = value
}

/** What the tags about texts and numbers are for: the items of a list or set, else the value itself; null aside. */
function itemType(type: ModelType): ModelType {
  const whole = withoutNull<ModelType>(type)
  return whole.kind === 'array' || whole.kind === 'set' ? withoutNull<ModelType>(whole.item) : whole
}

function fits(name: ConstraintTag, type: ModelType): boolean {
  if (name === 'minItems' || name === 'maxItems')
    return ['array', 'set', 'map'].includes(withoutNull<ModelType>(type).kind)
  const item = itemType(type)
  if (item.kind !== 'scalar') return false
  if (name === 'minLength' || name === 'maxLength') return item.scalar === 'string' || item.scalar === 'bytes'
  if (name === 'pattern' || name === 'format') return item.scalar === 'string'
  return numbers.has(item.scalar)
}

function fixFor(name: ConstraintTag, type: ModelType): string {
  const can = constraintTags.filter((other) => fits(other, type))
  return can.length > 0 ? `here may stand: ${can.map((tag) => `@${tag}`).join(', ')}` : `remove @${name}`
}

function describe(type: ModelType): string {
  const whole = withoutNull<ModelType>(type)
  switch (whole.kind) {
    case 'scalar':
      return words[whole.scalar] ?? 'a number'
    case 'array':
      return 'a list of these items'
    case 'set':
      return 'a set of these items'
    case 'map':
      return 'a map'
    case 'tuple':
      return 'a tuple'
    case 'literal':
      return 'a fixed value'
    default:
      return 'a declared type; put it on the properties there'
  }
}

const words: Readonly<Partial<Record<Scalar, string>>> = {
  boolean: 'a boolean',
  string: 'a text',
  bytes: 'bytes',
  date: 'a Date',
  decimal: 'a decimal, which is text here',
  json: 'a value of any type',
}

const whole = [
  'int32',
  'uint32',
  'sint32',
  'fixed32',
  'sfixed32',
  'int53',
  'int64',
  'uint64',
  'sint64',
  'fixed64',
  'sfixed64',
]
const numbers: ReadonlySet<string> = new Set(['double', 'float', ...whole])

function isWhole(type: ModelType): boolean {
  return type.kind === 'scalar' && whole.includes(type.scalar)
}
