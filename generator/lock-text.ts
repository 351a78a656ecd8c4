import { ContractError, compare, type Diagnostic } from './diagnostics.js'
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

/** A number that two members have, as two branches that each added one leave it. */
export interface Clash {
  /** Full name, with `/method` for parameters. */
  readonly owner: string
  readonly number: number
  readonly first: { readonly name: string; readonly line: number }
  readonly second: { readonly name: string; readonly line: number; readonly column: number }
}

/**
 * Reads a lock. Throws ContractError naming the line where it is not what codegen wrote: a merge conflict, broken JSON, a
 * wrong shape, a number given out twice. The latter are put into `clashes` instead where that is given: whoever knows
 * the contracts can say more about them.
 */
export function parseLock(text: string, clashes?: Clash[]): Lock {
  refuseConflict(text)
  const root = readJson(text, bad)
  const version = member(root, 'lockVersion')
  if (version?.value !== 1) throw wrong(version ?? root, 'lockVersion is not 1')
  const declarations = member(root, 'declarations')
  if (!declarations?.members) throw wrong(declarations ?? root, 'there are no "declarations"')
  only(root, ['lockVersion', 'owner', 'declarations'])
  const found: Clash[] = clashes ?? []
  const lock = new Map([...declarations.members].map(([name, node]) => [name, readEntry(name, node, found)]))
  if (!clashes && found.length > 0) throw new ContractError(clashProblems(found, () => undefined))
  return lock
}

/** Clashes as diagnostics. `placeOf` says where the contracts declare a member, as `file:line:column`. */
export function clashProblems(
  clashes: readonly Clash[],
  placeOf: (owner: string, name: string) => string | undefined,
): Diagnostic[] {
  return clashes.map(({ owner, number, first, second }) => {
    const text = ({ name, line }: Clash['first']) => {
      const place = placeOf(owner, name)
      return `"${name}" (${place === undefined ? '' : `${place}, `}line ${line} of ${lockFile})`
    }
    return {
      code: 'number-clash',
      message: `${owner}: ${text(first)} and ${text(second)} both have the number ${number}`,
      fix: 'two branches took it: delete the entry of the one that nobody uses yet, then run codegen for a new number',
      at: { file: lockFile, line: second.line, column: second.column, length: 1 },
    }
  })
}

/** Git's markers get a sentence of their own, with the names it gave both sides. */
function refuseConflict(text: string): void {
  const lines = text.split(/\r?\n/)
  const start = lines.findIndex((line) => /^(<{7}|\|{7}|={7}|>{7})( |$)/.test(line))
  if (start < 0) return
  const end = lines.findIndex((line, i) => i > start && /^>{7}( |$)/.test(line))
  const sides = [lines[start], lines[end]].map((line) => line?.slice(8).trim()).filter((name) => name)
  const between = sides.length === 2 ? ` between ${sides.join(' and ')}` : ''
  const until = end < 0 ? '' : `, lines ${start + 1} to ${end + 1}`
  const message = `git left a merge conflict here${between}${until}`
  const fix = 'keep the lines of both sides, remove the markers and run codegen: it says where a number is taken twice'
  throw bad(start + 1, 1, message, fix)
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

function readEntry(name: string, node: JsonNode, clashes: Clash[]): LockEntry {
  const kind = member(node, 'kind')?.value
  if (kind === 'message' || kind === 'enum' || kind === 'union') {
    only(node, ['kind', 'numbers', 'removed'])
    const numbers = readNumbers(
      name,
      member(node, 'numbers'),
      member(node, 'removed'),
      kind === 'enum' ? -(2 ** 31) : 1,
      clashes,
    )
    return { kind, numbers }
  }
  if (kind !== 'service') throw wrong(node, `${name} has no kind: message, enum, union or service`)
  only(node, ['kind', 'methods', 'removedMethods'])
  const read = (key: string, removed: boolean) =>
    [...(member(node, key)?.members ?? [])].map(
      ([method, of]) => [method, readMethod(`${name}/${method}`, of, removed, clashes)] as const,
    )
  return { kind, methods: new Map([...read('removedMethods', true), ...read('methods', false)]) }
}

function readMethod(path: string, node: JsonNode, removed: boolean, clashes: Clash[]): LockedMethod {
  const body = member(node, 'body')?.value
  if (body !== 'bare' && body !== 'args') throw wrong(node, `${path} has no body: bare or args`)
  only(node, ['body', 'params', 'removed'])
  return { body, params: readNumbers(path, member(node, 'params'), member(node, 'removed'), 1, clashes), removed }
}

function readNumbers(
  owner: string,
  used: JsonNode | undefined,
  removed: JsonNode | undefined,
  least: number,
  clashes: Clash[],
): Numbers {
  const places = new Map<number, { name: string; line: number }>()
  const claim = (number: unknown, name: string, node: JsonNode): number => {
    if (typeof number !== 'number' || !Number.isInteger(number) || number < least || number > maxNumber + 2 ** 31) {
      throw wrong(node, `${owner}.${name} has no valid number`)
    }
    const other = places.get(number)
    // Removed on one branch and still there on the other, it is the same member.
    if (other && other.name !== name) {
      clashes.push({ owner, number, first: other, second: { name, line: node.line, column: node.column } })
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
