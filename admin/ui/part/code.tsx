import type { ComponentChildren } from 'preact'

const patterns = {
  ts: /(\/\*[\s\S]*?\*\/|\/\/[^\n]*)|('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|\b(export|import|type|interface|enum|extends|from|readonly|null|undefined|true|false)\b|\b([A-Z]\w*|string|number|bigint|boolean|void|unknown|u?int(?:32|53|64)|float|decimal)\b/g,
  yaml: /(#[^\n]*)|('(?:[^'\n]|'')*'|"(?:[^"\\\n]|\\.)*")|(\b(?:true|false|null)\b)|([\w.*-]+(?=\s*:(?:\s|$)))/g,
  json: /(\/\/[^\n]*)|("(?:[^"\\\n]|\\.)*"(?!\s*:))|\b(true|false|null)\b|("(?:[^"\\\n]|\\.)*"(?=\s*:))/g,
} as const

const classes = ['c', 's', 'k', 't'] as const
/** Beyond that a text is shown as it is: colours would only make it slow. */
const longest = 60_000

/** A text of a program, with the colours that help reading it. Everything in it is text. */
export function Code(props: {
  readonly text: string
  readonly language: keyof typeof patterns
  readonly label: string
  readonly framed?: boolean
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keys
    <section class={`code${props.framed ? ' framed' : ''}`} tabIndex={0} aria-label={props.label}>
      <pre>
        <code>{coloured(props.text, patterns[props.language])}</code>
      </pre>
    </section>
  )
}

function coloured(text: string, pattern: RegExp): ComponentChildren {
  if (text.length > longest) return text
  const parts: ComponentChildren[] = []
  let end = 0
  for (const match of text.matchAll(pattern)) {
    const kind = match.slice(1).findIndex((group) => group !== undefined)
    parts.push(text.slice(end, match.index), <span class={classes[kind]}>{match[0]}</span>)
    end = match.index + match[0].length
  }
  return [...parts, text.slice(end)]
}
