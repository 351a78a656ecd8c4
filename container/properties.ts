/** One entry of a `.properties` file, with the line it begins in. */
export interface Property {
  readonly key: string
  readonly value: string
  readonly line: number
}

/**
 * Reads Java's `.properties`: `key=value`, `key: value` or `key value`, comments with `#` or `!`, `\` at a line's end to go
 * on in the next, and `\uXXXX`.
 */
export function parseProperties(text: string): Property[] {
  const properties: Property[] = []
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)
  for (let i = 0; i < lines.length; i++) {
    const line = i + 1
    let whole = (lines[i] as string).trimStart()
    if (whole === '' || whole.startsWith('#') || whole.startsWith('!')) continue
    while (/(?<!\\)(?:\\\\)*\\$/.test(whole) && i + 1 < lines.length) {
      whole = whole.slice(0, -1) + (lines[++i] as string).trimStart()
    }
    const [, key = '', value = ''] = /^((?:\\.|[^\\\s=:])+)\s*[=:]?\s*(.*)$/s.exec(whole) ?? []
    if (key !== '') properties.push({ key: unescaped(key), value: unescaped(value).trimEnd(), line })
  }
  return properties
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f' }

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_all, code: string | undefined, char: string) =>
    code ? String.fromCharCode(Number.parseInt(code, 16)) : (escapes[char] ?? char),
  )
}
