/** A fenced block of a Markdown document: three backticks, then `ts file=provider.ts run`. */
export interface Block {
  readonly language: string
  /** `file=name` has a value, `run` has none. */
  readonly marks: ReadonlyMap<string, string>
  readonly code: string
  /** The line of its first line of code, from 1. */
  readonly line: number
}

/** The fenced blocks of a Markdown document, in order. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = []
  const lines = markdown.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const open = /^```(\S*)(.*)$/.exec(lines[i] ?? '')
    if (!open) continue
    const start = i + 1
    do i++
    while (i < lines.length && lines[i] !== '```')
    const marks = (open[2] ?? '').trim().split(/\s+/).filter(Boolean)
    blocks.push({
      language: open[1] ?? '',
      marks: new Map(marks.map((mark): [string, string] => [mark.split('=')[0] ?? '', mark.split('=')[1] ?? ''])),
      code: `${lines.slice(start, i).join('\n')}\n`,
      line: start + 1,
    })
  }
  return blocks
}
