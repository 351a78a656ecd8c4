import { isDeepStrictEqual } from 'node:util'
import type { Document, LineCounter, Node } from 'yaml'

/** A rule's text is longer than that: it is refused unread. */
export const maxRuleBytes = 65_536
/** So deep lists and maps may lie in each other; Dubbo's rules need seven levels. */
const maxDepth = 16

/** A rule that can't be taken. Its message says where, and what would do. */
export class RuleError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RuleError'
  }
}

export interface Yaml {
  /** Plain data: maps, lists, texts, numbers, booleans, null. */
  readonly value: unknown
  /** The line, from 1, of what lies at a path; of what is around it where it isn't there. */
  lineOf(path: readonly PropertyKey[]): number
}

/**
 * Reads one YAML document as plain data: YAML 1.2's core schema in UTF-8, without aliases, tags, merge keys, duplicate or
 * non-text keys, at most 64 KiB and 16 levels. Throws RuleError. The library is loaded when the first rule comes.
 */
export async function readYaml(bytes: Uint8Array): Promise<Yaml> {
  if (bytes.length > maxRuleBytes) {
    throw new RuleError(`${bytes.length} bytes; a rule has at most ${maxRuleBytes}`)
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new RuleError('is not UTF-8; save it as UTF-8')
  }
  checkOpeners(text)
  const { LineCounter, parseDocument, visit } = await import('yaml')
  const lines = new LineCounter()
  try {
    const document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      resolveKnownTags: false,
      uniqueKeys: true,
      stringKeys: true,
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'error',
    })
    const [wrong] = [...document.errors, ...document.warnings]
    if (wrong) throw new RuleError(`line ${lines.linePos(wrong.pos[0]).line}: ${firstLine(wrong.message)}`)
    const refuse = (node: Node, what: string): never => {
      throw new RuleError(`line ${lineOf(lines, node)}: ${what}`)
    }
    visit(document, {
      Node(_key, node, path) {
        if (path.filter((above) => 'items' in above).length >= maxDepth)
          refuse(node, `more than ${maxDepth} levels of lists and maps`)
        if (node.tag?.startsWith('!') || (node.tag && !plainTags.has(node.tag))) refuse(node, 'tags are not taken')
        if ('anchor' in node && node.anchor !== undefined) refuse(node, 'anchors are not taken; write it out')
      },
      Alias: (_key, node) => refuse(node, 'aliases are not taken; write it out'),
    })
    return { value: document.toJS({ maxAliasCount: 0 }), lineOf: (path) => lineAt(document, lines, path) }
  } catch (error) {
    if (error instanceof RuleError) throw error
    // Nested beyond what the stack holds, say.
    throw new RuleError(`can't be read as YAML: ${firstLine((error as Error).message)}`)
  }
}

/**
 * Writes plain data as YAML. Where `into` is a text that can be read, only what differs from it is written anew: comments and the order of
 * what stays are kept.
 */
export async function writeYaml(value: Readonly<Record<string, unknown>>, into?: string): Promise<string> {
  const { Document, isMap, parseDocument } = await import('yaml')
  const kept =
    into === undefined ? undefined : parseDocument(into, { schema: 'core', stringKeys: true, logLevel: 'error' })
  const isKept = kept && kept.errors.length === 0 && isMap(kept.contents)
  const document: Document = isKept ? (kept as Document) : new Document({})
  setIn(document, [], document.toJS({ maxAliasCount: 0 }), value)
  return document.toString({ lineWidth: 0 })
}

function setIn(document: Document, path: readonly PropertyKey[], before: unknown, after: unknown): void {
  if (isDeepStrictEqual(before, after)) return
  if (isPlain(before) && isPlain(after)) {
    for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) document.deleteIn([...path, key])
    for (const [key, each] of Object.entries(after)) {
      setIn(document, [...path, key], Object.hasOwn(before, key) ? before[key] : undefined, each)
    }
  } else if (Array.isArray(before) && Array.isArray(after) && after.length > 0) {
    for (let i = before.length - 1; i >= after.length; i--) document.deleteIn([...path, i])
    after.forEach((each, i) => {
      setIn(document, [...path, i], before[i], each)
    })
  } else document.setIn(path, document.createNode(after))
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const plainTags = new Set(
  ['map', 'seq', 'str', 'int', 'float', 'bool', 'null'].map((name) => `tag:yaml.org,2002:${name}`),
)

/** The parser takes a stack frame per level, and a line may open thousands: rules that do are told before it sees them. */
function checkOpeners(text: string): void {
  let flow = 0
  let line = 1
  let openers = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 10) {
      line++
      openers = 0
    } else if (code === 91 || code === 123) {
      flow++
    } else if (code === 93 || code === 125) {
      flow = Math.max(0, flow - 1)
    } else if ((code === 45 || code === 63) && text.charCodeAt(i + 1) === 32) {
      openers++
    }
    // Texts may hold brackets and dashes of their own; hence four times as many as levels.
    if (flow > maxDepth * 4 || openers > maxDepth * 4) {
      throw new RuleError(`line ${line}: more than ${maxDepth} levels of lists and maps`)
    }
  }
}

function lineAt(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (node && typeof node === 'object' && 'range' in node) return lineOf(lines, node as Node)
  }
  return 1
}

function lineOf(lines: LineCounter, node: Node): number {
  return lines.linePos(node.range?.[0] ?? 0).line
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 200)
}
