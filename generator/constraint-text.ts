import { rulesOf } from '../runtime/schema/constraint.js'
import type { Constraints, Type } from '../runtime/schema/schema.js'
import { upperFirst } from './names.js'

/** The constraints of a field as sentences, for comments: `At most 40 characters.` */
export function constraintLines(constraints: Constraints | undefined, type: Type): string[] {
  if (!constraints) return []
  const { own, items } = rulesOf(type, constraints)
  return [
    ...(own.length > 0 ? [`${upperFirst(own.map((rule) => rule.says).join(', '))}.`] : []),
    ...(items.length > 0 ? [`Each item: ${items.map((rule) => rule.says).join(', ')}.`] : []),
  ]
}
