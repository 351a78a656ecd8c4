import type { Constraints, Type } from '../runtime/schema/schema.js'

/** The constraints of a field as sentences, for comments. */
export function constraintLines(constraints: Constraints | undefined, _type: Type): string[] {
  return constraints ? [] : []
}
