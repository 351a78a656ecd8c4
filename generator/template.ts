/**
 * A template as data: what Handlebars' parser makes of a `.hbs` file, reduced to what the templates here use. `render.ts`
 * makes it, `npm run build` stores it, so that an installed package has no templates to parse and needs no Handlebars.
 */
export type Piece =
  | string
  | { readonly print: Path }
  | { readonly if: Path; readonly yes: readonly Piece[]; readonly no: readonly Piece[] }
  | { readonly each: Path; readonly yes: readonly Piece[]; readonly no: readonly Piece[] }
  /** Another template, with `of` as its context, every line of it behind `indent`. */
  | { readonly partial: string; readonly of?: Path; readonly indent?: string }

/** `../owner` is one step up, then `owner`; `@last` is of the list at hand, `@root` the view; no names at all is `this`. */
export interface Path {
  readonly up: number
  readonly data: boolean
  readonly names: readonly string[]
}

export type Templates = Readonly<Record<string, readonly Piece[]>>

/** Fills in a view. Throws where the view lacks a name: that is a mistake of ours, not an empty text. */
export type Fill = (view: object) => string

/** One function for each template. */
export function printers(templates: Templates): ReadonlyMap<string, Fill> {
  const all = new Map<string, Print>()
  for (const [name, pieces] of Object.entries(templates)) all.set(name, sequence(pieces, all))
  return new Map([...all].map(([name, print]) => [name, (view) => text(print, { ...whole, value: view, root: view })]))
}

/** Where a template stands in a view: each item of a list is one step down. */
interface Frame {
  readonly value: unknown
  readonly up: Frame | undefined
  readonly root: unknown
  readonly index: number
  readonly first: boolean
  readonly last: boolean
}

const whole = { up: undefined, index: 0, first: true, last: true }

/** Adds its pieces of the text to `out`: put together by `+` they would stay in memory as a tree ten times as large. */
type Print = (frame: Frame, out: string[]) => void

function text(print: Print, frame: Frame): string {
  const out: string[] = []
  print(frame, out)
  return out.join('')
}

function sequence(pieces: readonly Piece[], all: ReadonlyMap<string, Print>): Print {
  const prints = pieces.map((piece) => printer(piece, all))
  return (frame, out) => {
    for (const print of prints) print(frame, out)
  }
}

function printer(piece: Piece, all: ReadonlyMap<string, Print>): Print {
  if (typeof piece === 'string') return (_frame, out) => void out.push(piece)
  if ('print' in piece) {
    const get = getter(piece.print)
    return (frame, out) => {
      const value = get(frame)
      if (value !== undefined && value !== null) out.push(String(value))
    }
  }
  if ('if' in piece) {
    const [get, yes, no] = [getter(piece.if), sequence(piece.yes, all), sequence(piece.no, all)]
    return (frame, out) => {
      const value = get(frame)
      const print = !value || (Array.isArray(value) && value.length === 0) ? no : yes
      print(frame, out)
    }
  }
  if ('each' in piece) return list(getter(piece.each), sequence(piece.yes, all), sequence(piece.no, all))
  return partial(piece.partial, piece.of && getter(piece.of), piece.indent, all)
}

function list(get: Get, each: Print, none: Print): Print {
  return (frame, out) => {
    const items = get(frame)
    if (!Array.isArray(items) || items.length === 0) {
      none(frame, out)
      return
    }
    for (const [i, value] of items.entries()) {
      each({ value, up: frame, root: frame.root, index: i, first: i === 0, last: i === items.length - 1 }, out)
    }
  }
}

function partial(
  name: string,
  get: Get | undefined,
  indent: string | undefined,
  all: ReadonlyMap<string, Print>,
): Print {
  return (frame, out) => {
    const print = all.get(name)
    if (!print) throw new Error(`there is no template ${name}`)
    const inside = get ? { ...frame, value: get(frame), up: frame } : frame
    if (indent === undefined) print(inside, out)
    else out.push(indented(text(print, inside), indent))
  }
}

function indented(text: string, indent: string): string {
  if (text === '') return ''
  // A line feed at the end begins no line of its own.
  const end = text.endsWith('\n') ? text.length - 1 : text.length
  return `${indent}${text.slice(0, end).replaceAll('\n', `\n${indent}`)}${text.slice(end)}`
}

type Get = (frame: Frame) => unknown

function getter({ up, data, names }: Path): Get {
  return (frame) => {
    let at: Frame | undefined = frame
    for (let i = 0; i < up; i++) at = at?.up
    if (!at) throw new Error(`${'../'.repeat(up)}${names.join('.')} is above the view`)
    let value: unknown = data ? at : at.value
    for (const name of names) {
      // Names of a view are its own properties or nothing: a prototype has no say.
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) {
        throw new Error(`the view has no ${names.join('.')}`)
      }
      value = (value as Readonly<Record<string, unknown>>)[name]
    }
    return value
  }
}
