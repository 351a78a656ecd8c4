import { nearest } from '../runtime/schema/nearest.js'
import type { Diagnostic } from './diagnostics.js'
import type { Place } from './model.js'

/** The numbers of one message, enum, union or parameter list. */
export interface Numbers {
  readonly used: ReadonlyMap<string, number>
  /** Tombstones: the numbers of removed members with the last name they had. Never given out again. */
  readonly removed: ReadonlyMap<number, string>
}

export const noNumbers: Numbers = { used: new Map(), removed: new Map() }

/** Protobuf's largest field number. */
export const maxNumber = 2 ** 29 - 1

/** What needs a number: a property, parameter or member. */
export interface Member {
  readonly name: string
  readonly at: Place
  /** `@field`. */
  readonly pin?: number | undefined
  /** `@was`. */
  readonly was?: readonly string[] | undefined
}

/** Whose numbers they are. */
export interface Owner {
  readonly name: string
  /** `@reserved`. */
  readonly reserved?: { readonly numbers: readonly number[]; readonly names: readonly string[] } | undefined
  /** What is wrong goes here. */
  readonly diagnostics: Diagnostic[]
}

/**
 * Numbers for members: known ones keep theirs, renamed ones take theirs along, pinned ones get what they ask for, the rest
 * gets what follows the highest number that was ever used or is reserved, in the order of declaration.
 */
export function allot(owner: Owner, members: readonly Member[], old: Numbers): Numbers {
  const names = new Set(members.map((m) => m.name))
  const used = new Map<string, number>()
  const removed = new Map(old.removed)
  for (const [name, number] of old.used) if (!names.has(name)) removed.set(number, name)
  const vanished = [...old.used.keys()].filter((name) => !names.has(name))
  for (const member of members) {
    const own = old.used.get(member.name)
    const former = own === undefined ? formerNumber(owner, member, names, vanished, removed) : undefined
    const number = own ?? former
    if (former !== undefined) removed.delete(former)
    if (number === undefined) continue
    used.set(member.name, number)
    if (member.pin === undefined || member.pin === number) continue
    const message = `${owner.name}.${member.name} has the number ${number}; another one would change its bytes`
    owner.diagnostics.push({ code: 'number-taken', message, fix: `write: @field ${number}`, at: member.at })
  }
  const places = new Map(members.filter((m) => used.has(m.name)).map((m) => [used.get(m.name), m]))
  for (const member of members) {
    if (member.pin === undefined || used.has(member.name)) continue
    const other = places.get(member.pin)
    const tombstone = removed.get(member.pin)
    if (other) refuse(owner, member, member.pin, `which is the number of ${other.name} (${placeText(other.at)})`)
    else if (tombstone !== undefined && tombstone !== member.name) {
      refuse(owner, member, member.pin, `which was the number of ${tombstone || 'a removed member'}`)
    }
    removed.delete(member.pin)
    used.set(member.name, member.pin)
    places.set(member.pin, member)
  }
  const reserved = owner.reserved?.numbers ?? []
  let last = [...used.values(), ...removed.keys(), ...reserved].reduce((a, b) => Math.max(a, b), 0)
  const all = new Map<string, number>()
  for (const member of members) {
    const number = used.get(member.name)
    if (number === undefined) last = after(last)
    all.set(member.name, number ?? last)
  }
  if (last > maxNumber) {
    const at = members.find((m) => !used.has(m.name))?.at
    const message = `${owner.name} has used up its numbers: the last one is ${maxNumber}`
    owner.diagnostics.push({ code: 'number-taken', message, fix: 'declare a new one', ...(at && { at }) })
  }
  checkReserved(owner, members, all)
  return { used: all, removed }
}

/** A numeric enum brings its own numbers; only another member's old one is refused. */
export function adopt(owner: Owner, members: readonly (Member & { readonly value: number })[], old: Numbers): Numbers {
  const used = new Map(members.map((m) => [m.name, m.value]))
  const removed = new Map(old.removed)
  for (const [name, number] of old.used) if (used.get(name) !== number) removed.set(number, name)
  for (const member of members) {
    const { name, value, was } = member
    const former = removed.get(value)
    if (former === undefined) continue
    if (former === name || was?.includes(former)) removed.delete(value)
    else {
      const next = Math.max(...used.values(), ...removed.keys()) + 1
      owner.diagnostics.push({
        code: 'number-taken',
        message: `${owner.name}.${name} takes the number ${value}, which was ${former}`,
        fix: `give it the number ${next}, or, if it is ${former} under another name, write: @was ${former}`,
        at: member.at,
      })
    }
  }
  checkReserved(owner, members, used)
  return { used, removed }
}

/** All numbers as tombstones. */
export function bury({ used, removed }: Numbers): Numbers {
  return { used: new Map(), removed: new Map([...removed, ...[...used].map(([name, n]) => [n, name] as const)]) }
}

/** The number that a new name takes over by its `@was`, from a member that goes or one that went. */
function formerNumber(
  owner: Owner,
  member: Member,
  names: ReadonlySet<string>,
  vanished: readonly string[],
  removed: ReadonlyMap<number, string>,
): number | undefined {
  if (!member.was) return undefined
  // The latest tombstone of a name is its last use.
  const found = [...removed].filter(([, name]) => member.was?.includes(name) && !names.has(name))
  const newest = member.was.flatMap((name) =>
    found
      .filter(([, n]) => n === name)
      .map(([n]) => n)
      .sort((a, b) => b - a),
  )[0]
  if (newest === undefined) checkFormer(owner, member, names, vanished)
  return newest
}

/** Reports a `@was` that says nothing: a name that is still there, or a misspelt one of a member that just went. */
export function checkFormer(
  owner: Owner,
  member: Member,
  names: ReadonlySet<string>,
  vanished: readonly string[],
): void {
  const { was = [], name, at } = member
  const still = was.find((former) => names.has(former))
  if (still !== undefined) {
    const message = `${owner.name}.${name} cannot have been ${still}: ${still} is still there`
    owner.diagnostics.push({ code: 'bad-was', message, fix: `remove ${still}, or remove the @was`, at })
    return
  }
  const heir = was.find((former) => vanished.includes(former))
  if (heir !== undefined) {
    const message = `${owner.name}.${name} and another one both were ${heir}`
    owner.diagnostics.push({ code: 'bad-was', message, fix: 'leave out one @was', at })
    return
  }
  if (vanished.length === 0) return
  const close = nearest(was[0] ?? '', vanished)
  const message = `${owner.name} never had a ${was.join(' or ')}, and ${vanished.join(', ')} just went`
  const fix = close ? `did you mean "@was ${close}"?` : `write the name it had: @was ${vanished[0]}`
  owner.diagnostics.push({ code: 'bad-was', message, fix, at })
}

function checkReserved(owner: Owner, members: readonly Member[], numbers: ReadonlyMap<string, number>): void {
  if (!owner.reserved) return
  for (const { name, at } of members) {
    const number = numbers.get(name) ?? 0
    const what = owner.reserved.names.includes(name)
      ? `the name ${name}`
      : owner.reserved.numbers.includes(number)
        ? `the number ${number}`
        : undefined
    if (what === undefined) continue
    const message = `${owner.name}.${name} has ${what}, which is @reserved`
    owner.diagnostics.push({ code: 'reserved', message, fix: 'choose another one, or change the @reserved', at })
  }
}

function refuse(owner: Owner, { name, at }: Member, pin: number, why: string): void {
  const message = `${owner.name}.${name} asks for the number ${pin}, ${why}`
  owner.diagnostics.push({ code: 'number-taken', message, fix: 'choose another number, or leave out the @field', at })
}

function placeText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`
}

/** Protobuf keeps 19000 to 19999 to itself. */
function after(last: number): number {
  return last + 1 >= 19000 && last < 19999 ? 20000 : last + 1
}
