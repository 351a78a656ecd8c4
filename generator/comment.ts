/** A tag of a doc comment: `@throws {SoldOut} when nothing is left`. */
export interface Tag {
  /** Without `@`. */
  readonly name: string
  /** What follows the name, lines joined by "\n", trimmed. */
  readonly text: string
  /** The tag as written, without the stars. */
  readonly lines: readonly string[]
  /** Where the `@` is, and where the line's text ends: offsets into the file. */
  readonly start: number
  readonly end: number
}

/** A doc comment taken apart. */
export interface Comment {
  /** The text before the first tag, line by line, without blank lines around it. */
  readonly lines: readonly string[]
  readonly tags: readonly Tag[]
}

/** Tags that only say something to people: carried over as they are. */
export const proseTags: readonly string[] = ['param', 'returns', 'remarks', 'example', 'see', 'since']

/**
 * Reads the comment that begins at `start` of a file (its text with the comment's `/**`). A tag begins a line and ends
 * before the next one; inside a fenced block ("```") nothing is a tag.
 */
export function readComment(comment: string, start: number): Comment {
  const lines: string[] = []
  const tags: (Tag & { lines: string[] })[] = []
  let fenced = false
  for (const { text, at } of bodyLines(comment)) {
    const tag = fenced ? null : /^@([A-Za-z_][\w-]*)(.*)$/su.exec(text)
    if (text.startsWith('```')) fenced = !fenced
    if (tag) {
      const end = start + at + text.trimEnd().length
      tags.push({ name: tag[1] as string, text: '', lines: [text], start: start + at, end })
      continue
    }
    const last = tags.at(-1)
    if (last) last.lines.push(text)
    else lines.push(text)
  }
  const whole = tags.map((tag) => {
    const text = tag.lines.join('\n').slice(tag.name.length + 1)
    return { ...tag, text: text.trim(), lines: trimBlank(tag.lines) }
  })
  return { lines: trimBlank(lines), tags: whole }
}

/** Each line without its ` * `, with the offset of what is left. */
function bodyLines(comment: string): { text: string; at: number }[] {
  const inner = comment.slice(0, comment.endsWith('*/') ? -2 : undefined)
  const found: { text: string; at: number }[] = []
  let at = 0
  for (const raw of inner.split('\n')) {
    const lead = /^\s*(?:\/\*+|\*|\/\/)?[ \t]?/.exec(raw)?.[0].length ?? 0
    found.push({ text: raw.slice(lead).trimEnd(), at: at + lead })
    at += raw.length + 1
  }
  return found
}

function trimBlank(lines: readonly string[]): string[] {
  const filled = lines.map((line) => line.trim() !== '')
  return lines.slice(Math.max(0, filled.indexOf(true)), filled.lastIndexOf(true) + 1)
}
