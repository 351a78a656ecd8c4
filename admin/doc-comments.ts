const declares = new Set(['interface', 'enum', 'type', 'class'])
const maxLength = 1 << 20

/**
 * The doc comments of a contract's text, without their tags: of declarations by their full name, of members by `<full name>.<member>`. The
 * text is a stranger's: whatever it is, one pass over it is all it gets.
 */
export function docComments(text: string): Map<string, string> {
  const found = new Map<string, string>()
  if (text.length > maxLength) return found
  let prefix = ''
  let depth = 0
  let declaration: string | undefined
  let naming = false
  /** The comment that belongs to the next name. */
  let pending: string | undefined
  const put = (name: string): void => {
    if (pending) found.set(name, pending)
    pending = undefined
  }
  const word = /[\w$]+/y
  for (let i = 0; i < text.length; ) {
    const char = text[i] as string
    if (text.startsWith('//', i)) {
      i = endOf(text, '\n', i)
    } else if (text.startsWith('/*', i)) {
      const end = endOf(text, '*/', i + 2)
      const comment = text.slice(i, end)
      const named = /@package[ \t]+([\w.$]+)/.exec(comment)?.[1]
      if (named !== undefined && declaration === undefined) prefix = `${named}.`
      else if (comment.startsWith('/**') && depth <= 1) pending = textOf(comment)
      i = end
    } else if (char === '"' || char === "'" || char === '`') {
      const end = endOfString(text, i)
      if (depth === 1 && declaration && pending) put(`${prefix}${declaration}.${text.slice(i + 1, end - 1)}`)
      i = end
    } else if (/[\w$]/.test(char)) {
      word.lastIndex = i
      const [name] = word.exec(text) as RegExpExecArray
      i += name.length
      if (depth === 0 && declares.has(name)) naming = true
      else if (depth === 0 && naming) {
        naming = false
        declaration = name
        put(`${prefix}${name}`)
      } else if (depth === 1 && declaration && pending && name !== 'readonly') put(`${prefix}${declaration}.${name}`)
    } else {
      if (char === '{' || char === '(' || char === '[') depth++
      else if (char === '}' || char === ')' || char === ']') depth = Math.max(0, depth - 1)
      if (depth === 0 && (char === '}' || char === ';')) pending = undefined
      i++
    }
  }
  return found
}

function endOf(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from)
  return at < 0 ? text.length : at + end.length
}

function endOfString(text: string, from: number): number {
  const quote = text[from]
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === quote) return i + 1
  }
  return text.length
}

/** What is said before the first tag. */
function textOf(comment: string): string {
  const lines = comment
    .slice(3, -2)
    .split('\n')
    .map((line) => line.replace(/^[ \t]*\*?[ \t]?/, '').trimEnd())
  const tag = lines.findIndex((line) => line.startsWith('@'))
  return (tag < 0 ? lines : lines.slice(0, tag)).join('\n').trim()
}
