import { ContractError, compare } from './diagnostics.js'
import { type JsonNode, readJson } from './json.js'
import { type Lock, type LockEntry, type LockedMethod, maxNumber, type Numbers } from './lock.js'

/** The lock's file, beside the contracts. */
export const lockFile = 'tsubo.lock.json'

/**
 * The lock as text: sorted, one entry a line, so that two branches that add members merge without a conflict, or with
 * one that shows what happened. `owner` is the project that gives these numbers out (`owner.ts`).
 */
export function formatLock(lock: Lock, owner?: string): string {
  const owned = owner === undefined ? [] : [`  "owner": ${JSON.stringify(owner)},`]
  const lines = ['{', '  "lockVersion": 1,', ...owned, '  "declarations": {']
  const entries = [...lock].sort(([a], [b]) => compare(a, b))
  for (const [i, [name, entry]] of entries.entries()) {
    lines.push(`    ${JSON.stringify(name)}: {`, `      "kind": "${entry.kind}",`)
    const blocks = entry.kind === 'service' ? methodBlocks(entry.methods) : numberBlocks(entry.numbers)
    lines.push(...joined(blocks.map(blockLines)))
    lines.push(i < entries.length - 1 ? '    },' : '    }')
  }
  return [...lines, '  }', '}', ''].join('\n')
}

interface Block {
  readonly head: string
  readonly lines: readonly string[]
}

function numberBlocks(numbers: Numbers): Block[] {
  const used = [...numbers.used].sort(([a], [b]) => compare(a, b)).map(([name, n]) => `${JSON.stringify(name)}: ${n}`)
  const removed = [...numbers.removed].sort(([a], [b]) => a - b).map(([n, name]) => `"${n}": ${JSON.stringify(name)}`)
  return [{ head: '"numbers"', lines: used }, ...(removed.length > 0 ? [{ head: '"removed"', lines: removed }] : [])]
}

function methodBlocks(methods: ReadonlyMap<string, LockedMethod>): Block[] {
  const sorted = [...methods].sort(([a], [b]) => compare(a, b))
  const lines = (of: typeof sorted) => of.map(([name, method]) => `${JSON.stringify(name)}: ${methodText(method)}`)
  const gone = sorted.filter(([, method]) => method.removed)
  const live = sorted.filter(([, method]) => !method.removed)
  return [
    { head: '"methods"', lines: lines(live) },
    ...(gone.length > 0 ? [{ head: '"removedMethods"', lines: lines(gone) }] : []),
  ]
}

function methodText({ body, params }: LockedMethod): string {
  const used = [...params.used].sort(([a], [b]) => compare(a, b)).map(([name, n]) => `${JSON.stringify(name)}: ${n}`)
  const removed = [...params.removed].sort(([a], [b]) => a - b).map(([n, name]) => `"${n}": ${JSON.stringify(name)}`)
  const parts = [
    `"body": "${body}"`,
    ...(used.length > 0 ? [`"params": { ${used.join(', ')} }`] : []),
    ...(removed.length > 0 ? [`"removed": { ${removed.join(', ')} }`] : []),
  ]
  return `{ ${parts.join(', ')} }`
}

function blockLines({ head, lines }: Block): string[] {
  return lines.length === 0 ? [`      ${head}: {}`] : [`      ${head}: {`, ...joinedLines(lines), '      }']
}

function joinedLines(lines: readonly string[]): string[] {
  return lines.map((line, i) => `        ${line}${i < lines.length - 1 ? ',' : ''}`)
}

function joined(blocks: readonly string[][]): string[] {
  return blocks.flatMap((block, i) => (i < blocks.length - 1 ? [...block.slice(0, -1), `${block.at(-1)},`] : block))
}

/**
 * Reads a lock. Throws ContractError naming the line where it is not what codegen wrote: broken JSON, a wrong shape, a
 * number given out twice (two branches merged: both lines are named).
 */
export function parseLock(text: string): Lock {
  if (/^(<{7}|={7}|>{7})/m.test(text)) {
    const line = text.split('\n').findIndex((l) => /^(<{7}|={7}|>{7})/.test(l)) + 1
    throw bad(line, 1, 'a merge conflict is not resolved', 'keep both sides, then give the newer member a new number')
  }
  const root = readJson(text, bad)
  const version = member(root, 'lockVersion')
  if (version?.value !== 1) throw wrong(version ?? root, 'lockVersion is not 1')
  const declarations = member(root, 'declarations')
  if (!declarations?.members) throw wrong(declarations ?? root, 'there are no "declarations"')
  only(root, ['lockVersion', 'owner', 'declarations'])
  return new Map([...declarations.members].map(([name, node]) => [name, readEntry(name, node)]))
}

/** Who gives out the numbers of a lock; undefined where it doesn't say. Call it with text that `parseLock` took. */
export function lockOwner(text: string): string | undefined {
  const owner = member(readJson(text, bad), 'owner')
  if (owner === undefined) return undefined
  if (typeof owner.value !== 'string' || !ownerPattern.test(owner.value)) {
    throw wrong(owner, 'the owner is a name of at most 200 characters without blanks')
  }
  return owner.value
}

/** What an owner may be called; it stands in a comment line of contracts. */
export const ownerPattern = /^[\w@.#/-]{1,200}$/

function readEntry(name: string, node: JsonNode): LockEntry {
  const kind = member(node, 'kind')?.value
  if (kind === 'message' || kind === 'enum' || kind === 'union') {
    only(node, ['kind', 'numbers', 'removed'])
    const numbers = readNumbers(
      name,
      member(node, 'numbers'),
      member(node, 'removed'),
      kind === 'enum' ? -(2 ** 31) : 1,
    )
    return { kind, numbers }
  }
  if (kind !== 'service') throw wrong(node, `${name} has no kind: message, enum, union or service`)
  only(node, ['kind', 'methods', 'removedMethods'])
  const read = (key: string, removed: boolean) =>
    [...(member(node, key)?.members ?? [])].map(
      ([method, of]) => [method, readMethod(`${name}/${method}`, of, removed)] as const,
    )
  return { kind, methods: new Map([...read('removedMethods', true), ...read('methods', false)]) }
}

function readMethod(path: string, node: JsonNode, removed: boolean): LockedMethod {
  const body = member(node, 'body')?.value
  if (body !== 'bare' && body !== 'args') throw wrong(node, `${path} has no body: bare or args`)
  only(node, ['body', 'params', 'removed'])
  return { body, params: readNumbers(path, member(node, 'params'), member(node, 'removed'), 1), removed }
}

function readNumbers(owner: string, used: JsonNode | undefined, removed: JsonNode | undefined, least: number): Numbers {
  const places = new Map<number, { name: string; line: number }>()
  const claim = (number: unknown, name: string, node: JsonNode): number => {
    if (typeof number !== 'number' || !Number.isInteger(number) || number < least || number > maxNumber + 2 ** 31) {
      throw wrong(node, `${owner}.${name} has no valid number`)
    }
    const other = places.get(number)
    if (other) {
      const message = `${owner}: "${name}" and "${other.name}" (line ${other.line}) both have the number ${number}`
      const fix = 'two branches took it: keep the one that is in use, delete the other line and run codegen'
      throw bad(node.line, node.column, message, fix)
    }
    places.set(number, { name, line: node.line })
    return number
  }
  return {
    used: new Map([...(used?.members ?? [])].map(([name, node]) => [name, claim(node.value, name, node)])),
    removed: new Map(
      [...(removed?.members ?? [])].map(([number, node]) => {
        if (typeof node.value !== 'string') throw wrong(node, `${owner}: a removed number has the name it had`)
        return [claim(Number(number), node.value, node), node.value]
      }),
    ),
  }
}

function member(node: JsonNode, key: string): JsonNode | undefined {
  return node.members?.get(key)
}

function only(node: JsonNode, keys: readonly string[]): void {
  if (!node.members) throw wrong(node, 'an object should stand here')
  for (const [key, inner] of node.members) {
    if (!keys.includes(key)) throw wrong(inner, `there is no "${key}" in a lock of this version`)
  }
}

function wrong(node: JsonNode, message: string): ContractError {
  return bad(node.line, node.column, message, 'take the file from version control')
}

function bad(line: number, column: number, message: string, fix?: string): ContractError {
  const at = { file: lockFile, line, column, length: 1 }
  return new ContractError([{ code: 'bad-lock', message, fix: fix ?? 'take the file from version control', at }])
}
