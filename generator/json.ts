/** A JSON value that knows where it stands. */
export interface JsonNode {
  readonly line: number
  readonly column: number
  /** A string, number, boolean or null. */
  readonly value?: string | number | boolean | null
  /** An object's members. */
  readonly members?: ReadonlyMap<string, JsonNode>
}

type Refuse = (line: number, column: number, message: string) => Error

/**
 * Reads JSON without arrays. Unlike JSON.parse it keeps positions and refuses a key that stands twice, which is how
 * two merged branches that added the same member look.
 */
export function readJson(text: string, refuse: Refuse): JsonNode {
  const token = /[ \t\r\n]*(?:([{}:,])|("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?|true|false|null))/y
  token.lastIndex = text.startsWith('\uFEFF') ? 1 : 0
  // Values are met in order, so the line is counted on from the one before.
  let line = 1
  let lineStart = 0
  const place = (offset: number) => {
    for (let end = text.indexOf('\n', lineStart); end >= 0 && end < offset; end = text.indexOf('\n', lineStart)) {
      line++
      lineStart = end + 1
    }
    return { line, column: offset - lineStart + 1 }
  }
  const fail = (offset: number, message: string): Error => {
    const at = place(offset)
    return refuse(at.line, at.column, message)
  }
  const take = (): { text: string; at: number } => {
    const from = token.lastIndex
    const found = token.exec(text)
    if (!found) {
      const at = from + (/^[ \t\r\n]*/.exec(text.slice(from))?.[0].length ?? 0)
      throw fail(at, at >= text.length ? 'the JSON ends in the middle' : 'this is no JSON')
    }
    const taken = (found[1] ?? found[2] ?? found[3]) as string
    return { text: taken, at: token.lastIndex - taken.length }
  }
  const scalar = (raw: string, at: number): string | number | boolean | null => {
    if (/^"[\w.]*"$/.test(raw)) return raw.slice(1, -1)
    try {
      return JSON.parse(raw) as string | number | boolean | null
    } catch {
      throw fail(at, 'this is no JSON')
    }
  }
  const key = (raw: string, at: number): string => {
    if (!raw.startsWith('"')) throw fail(at, 'a name in double quotes should stand here')
    return scalar(raw, at) as string
  }
  const value = (depth: number): JsonNode => {
    const first = take()
    if (depth > 20) throw fail(first.at, 'objects nest too deeply')
    if (first.text !== '{') {
      if (/^[}:,]$/.test(first.text)) throw fail(first.at, 'a value should stand here')
      return { ...place(first.at), value: scalar(first.text, first.at) }
    }
    const at = place(first.at)
    const members = new Map<string, JsonNode>()
    for (let next = take(); next.text !== '}' || members.size > 0; next = take()) {
      const name = key(next.text, next.at)
      const twice = members.get(name)
      if (twice) throw fail(next.at, `"${name}" stands here twice (before in line ${twice.line})`)
      const colon = take()
      if (colon.text !== ':') throw fail(colon.at, 'a ":" should stand here')
      members.set(name, value(depth + 1))
      const end = take()
      if (end.text === '}') break
      if (end.text !== ',') throw fail(end.at, 'a "," should stand here')
    }
    return { ...at, members }
  }
  const root = value(0)
  const rest = text.slice(token.lastIndex).search(/[^ \t\r\n]/)
  if (rest >= 0) throw fail(token.lastIndex + rest, 'nothing should stand behind the end')
  return root
}
