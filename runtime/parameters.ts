/** Settings as text, by Dubbo's names: what tags and rules are written in. Names that aren't known here are somebody else's. */
export type Parameters = Readonly<Record<string, string>>

const flags = { true: true, false: false }

/** A whole number from `least`; undefined where nothing is said. Throws RangeError that names the parameter. */
export function numberIn(parameters: Parameters, name: string, least: number): number | undefined {
  const text = parameters[name]
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text)
  throw new RangeError(`${name}: ${JSON.stringify(text.slice(0, 40))} is not a whole number from ${least}`)
}

/** What a parameter's word stands for. Throws RangeError that names the parameter and the words there are. */
export function oneIn<T>(parameters: Parameters, name: string, known: Readonly<Record<string, T>>): T | undefined {
  const text = parameters[name]
  if (text === undefined) return undefined
  if (Object.hasOwn(known, text)) return known[text]
  const one = Object.keys(known).join(', ')
  throw new RangeError(`${name}: ${JSON.stringify(text.slice(0, 40))} is not one of ${one}`)
}

/** `true` or `false`. */
export function flagIn(parameters: Parameters, name: string): boolean | undefined {
  return oneIn(parameters, name, flags)
}
