/**
 * Whether a regular expression out of a contract may run on a server: it compiles, and no text of the allowed length makes
 * it search for long. JavaScript's engine backtracks, so the ways in which a text can be matched are what counts.
 *
 * The bound is rough and errs towards refusing: nothing that repeats may itself vary, and what varies side by side
 * multiplies (`.*` a text's length, `?` two, `{2,5}` four), except where the letter behind tells at once where to stop.
 */

/** How many ways of matching one text are allowed. */
export const maxWays = 1_000_000

/** The longest pattern, in characters. */
export const maxPattern = 200

/** Why a pattern can't be used on texts of at most `length` characters, or undefined where it can. */
export function patternProblem(source: string, length: number): { message: string; fix: string } | undefined {
  const simpler = 'write a simpler pattern, or one of the formats: @format email'
  if (source === '') return { message: '@pattern needs a regular expression', fix: 'write: @pattern ^[A-Z]{2}\\d+$' }
  if (source.length > maxPattern) {
    return { message: `the pattern is longer than ${maxPattern} characters`, fix: simpler }
  }
  try {
    new RegExp(source, 'u')
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*\/u?: /s, '') : ''
    return { message: `the pattern is no regular expression: ${why}`, fix: 'write: @pattern ^[A-Z]{2}\\d+$' }
  }
  const reader = new PatternReader(source, length)
  const found = reader.alternatives()
  if (reader.problem) return { message: reader.problem, fix: simpler }
  // Without "^" it is tried from every place of the text.
  const ways = found.ways * (anchored(source) ? 1 : length)
  if (ways <= maxWays) return undefined
  const message = `on a text of ${length} characters the pattern could be tried in more than a million ways`
  const shorter = [500, 200, 100, 50, 20].find((n) => n < length && patternProblem(source, n) === undefined)
  const anchor = anchored(source) ? '' : ', or begin the pattern with "^"'
  return { message, fix: shorter ? `add @maxLength ${shorter}${anchor}` : simpler }
}

/** Every alternative begins where the text does. */
function anchored(source: string): boolean {
  return /^\^/.test(source) && !/\|/.test(source.replace(/\\.|\[(?:\\.|[^\]])*\]/gs, '').replace(/\([^()]*\)/g, ''))
}

/** A part of a pattern: in how many ways it matches one stretch of text, and whether its length varies. */
interface Part {
  readonly ways: number
  readonly varies: boolean
}

class PatternReader {
  problem: string | undefined
  readonly #source: string
  readonly #length: number
  #at = 0

  constructor(source: string, length: number) {
    this.#source = source
    this.#length = length
  }

  /** Up to the end or a closing parenthesis. */
  alternatives(): Part {
    const begins = [this.#firstOf(this.#at)]
    const parts = [this.#sequence()]
    while (this.#peek() === '|') {
      this.#at++
      begins.push(this.#firstOf(this.#at))
      parts.push(this.#sequence())
    }
    const distinct = new Set(begins).size === begins.length && !begins.includes(undefined)
    const ways = distinct
      ? Math.max(...parts.map((part) => part.ways))
      : parts.reduce((sum, part) => sum + part.ways, 0)
    const varies = parts.some((part) => part.varies) || (parts.length > 1 && !distinct)
    return { ways: Math.min(ways, Number.MAX_SAFE_INTEGER), varies }
  }

  /** The plain letter at a place, where there is one. */
  #firstOf(at: number): string | undefined {
    const char = this.#source[at]
    return char !== undefined && /[A-Za-z0-9_ @#%&:;<>,'"=!~-]/.test(char) && !/[?*{]/.test(this.#source[at + 1] ?? '')
      ? char
      : undefined
  }

  #sequence(): Part {
    let ways = 1
    let varies = false
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      const part = this.#quantified()
      ways = Math.min(ways * part.ways, Number.MAX_SAFE_INTEGER)
      varies ||= part.varies
    }
    return { ways, varies }
  }

  #quantified(): Part {
    const start = this.#at
    const atom = this.#atom()
    const text = this.#source.slice(start, this.#at)
    const quantifier = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(this.#source.slice(this.#at))
    if (!quantifier) return atom
    this.#at += quantifier[0].length
    const [least, most] = range(quantifier)
    const isGroup = text.startsWith('(')
    if (isGroup && most > 1 && atom.varies && !separated(text)) {
      this.problem ??= `${shown(text + quantifier[0])} repeats what itself varies in length, which can take for ever`
    }
    const widest = Math.min(most, this.#length)
    const inner = isGroup && separated(text) ? 1 : atom.ways
    if (least === most)
      return { ways: Math.min(inner ** Math.min(least, 50), Number.MAX_SAFE_INTEGER), varies: atom.varies }
    const next = this.#source[this.#at]
    const stops = !isGroup && (next === '$' || (next !== undefined && this.#excludes(text)))
    return { ways: stops ? 1 : inner * Math.min(widest - Math.min(least, widest) + 1, this.#length), varies: true }
  }

  /** Whether what follows is one plain letter that `atom` can't match. */
  #excludes(atom: string): boolean {
    const [, plain, escaped] =
      /^(?:([^\\^$.*+?()[\]{}|])|\\([^A-Za-z0-9]))(?![*?{])/u.exec(this.#source.slice(this.#at)) ?? []
    const letter = plain ?? escaped
    return letter !== undefined && !new RegExp(`^(?:${atom})$`, 'u').test(letter)
  }

  #atom(): Part {
    const rest = this.#source.slice(this.#at)
    if (rest.startsWith('(')) return this.#group(rest)
    const simple =
      /^(?:\\(?:p\{[^}]*\}|P\{[^}]*\}|u\{[^}]*\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|c[A-Za-z]|.)|\[(?:\\.|[^\]\\])*\]|.)/su.exec(
        rest,
      )
    const text = simple?.[0] ?? rest.charAt(0)
    if (/^\\[1-9k]/.test(text)) this.problem ??= `${shown(text)} looks back at an earlier match, which is not allowed`
    this.#at += text.length
    return { ways: 1, varies: false }
  }

  #group(rest: string): Part {
    const head = /^\((?:\?(?:<?[=!]|:|<[^>]*>|[a-z-]*:))?/.exec(rest)?.[0] ?? '('
    if (/^\(\?<?[=!]$/.test(head)) this.problem ??= `${shown(head)} looks around, which is not allowed`
    this.#at += head.length
    const inner = this.alternatives()
    if (this.#peek() === ')') this.#at++
    return inner
  }

  #peek(): string | undefined {
    return this.#source[this.#at]
  }
}

/** `(?:-[a-z]+)`: the letter it begins with tells where each turn does, since nothing else in it can match that letter. */
function separated(group: string): boolean {
  const found =
    /^\((?:\?:)?([A-Za-z0-9_ @#%&:;<>,'"=!~-]|\\[^A-Za-z0-9])(\[(?:\\.|[^\]\\])+\]|\\[dws])(?:[+*]|\{\d+,\d*\})\)$/su.exec(
      group,
    )
  if (!found) return false
  const [, begin = '', atom = ''] = found
  return !new RegExp(`^(?:${atom})$`, 'u').test(begin.replace('\\', ''))
}

function range(quantifier: RegExpExecArray): [least: number, most: number] {
  const [text, least, comma, most] = quantifier
  if (least !== undefined)
    return [Number(least), comma ? (most ? Number(most) : Number.POSITIVE_INFINITY) : Number(least)]
  return [text.startsWith('+') ? 1 : 0, text.startsWith('?') ? 1 : Number.POSITIVE_INFINITY]
}

function shown(text: string): string {
  return `"${text.length > 40 ? `${text.slice(0, 40)}...` : text}"`
}
