import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BreakingKind } from '../../generator/breaking.js'
import type { Project } from '../../generator/project.js'
import { protoTexts } from '../../generator/proto.js'
import { evolve, packageOf } from '../evolution/steps.js'
import { rows } from '../evolution/table.js'
import { findBuf } from '../support/buf.js'

/*
 * `buf breaking` (rules WIRE) on the .proto files we print, before and after every edit of the evolution table. It shares
 * nothing with compare(). Where the two differ they do so on purpose, and it says here why.
 */

/** What we call broken and buf does not: protobuf's rules ask whether bytes parse, ours whether the value arrives. */
const stricter: Partial<Record<BreakingKind, string>> = {
  'field-added': 'our readers refuse a message without a required property; proto3 has none',
  'field-removed': 'the same, seen from the older side',
  'field-presence': 'the same: in the .proto both are optional',
  'field-number':
    'for buf one property went, its number reserved, and another one came; for us it is one whose values are lost',
  'field-type':
    'buf lets int32, uint32, int64 and bool stand for each other, and string and bytes; we refuse what would be cut off',
  'result-type': 'a result that was void: our readers refuse an absent one',
  'member-added': 'our readers refuse a number they do not know; proto3 enums and oneofs are open',
  'member-removed': 'the same, seen from the newer side',
  'member-number': 'for buf one member went and another one came',
  'method-removed': 'buf has no rule about it at this level; callers get "unimplemented"',
  'service-removed': 'the same for a whole service',
  'method-oneway': 'a .proto does not say whether anybody answers',
  'declaration-renamed': 'a declared error travels under its name; a .proto does not declare errors',
}

/** What buf calls broken and we do not, by row: it goes by names and options, which no byte of ours carries. */
const looser: Readonly<Record<string, string>> = {
  'a type renamed with @was': 'FIELD_WIRE_COMPATIBLE_TYPE: another message name, the same bytes',
  'a type renamed with @was: what is named after it keeps its numbers, too': 'FIELD_WIRE_COMPATIBLE_TYPE: the same',
  'a type renamed without @was, its numbers by chance the same': 'FIELD_WIRE_COMPATIBLE_TYPE: the same',
  'a message in place of another one with the same bytes': 'FIELD_WIRE_COMPATIBLE_TYPE: the same',
  'an optional item added to a tuple':
    'FIELD_WIRE_COMPATIBLE_TYPE: the message printed for a tuple is named after its items',
  'an inline type given a name': 'FIELD_WIRE_COMPATIBLE_TYPE: another message name, the same bytes',
  '@idempotent taken away': 'RPC_SAME_IDEMPOTENCY_LEVEL: no byte differs; we report it at level source',
  '@idempotent and @timeout added': 'RPC_SAME_IDEMPOTENCY_LEVEL: a promise more breaks nobody',
}

const buf = findBuf()
const folder = mkdtempSync(join(tmpdir(), 'tsubo-buf-'))
let found: readonly { readonly path: string; readonly type: string }[] = []

function print(project: Project, name: string): string {
  for (const [path, text] of protoTexts(project)) {
    const to = join(folder, name, path)
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, text)
  }
  return join(folder, name)
}

beforeAll(() => {
  if (buf === undefined) {
    if (process.env.CI) throw new Error('buf: none found, and npm could not fetch it; set TSUBO_BUF=<path>')
    process.stderr.write(
      'buf breaking: no buf found, its judgement is left out; set TSUBO_BUF or allow npm to fetch it\n',
    )
    return
  }
  const { older, newer } = evolve(join(folder, 'idl'))
  const against = print(older, 'older')
  const config = JSON.stringify({ version: 'v2', breaking: { use: ['WIRE'] } })
  const args = ['breaking', '.', '--against', against, '--config', config, '--error-format', 'json']
  const done = spawnSync(buf, args, { cwd: print(newer, 'newer'), encoding: 'utf8' })
  // 100: it ran, and found something.
  if (done.status !== 100) throw new Error(`buf ended with ${done.status}: ${done.stderr}`)
  found = done.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as (typeof found)[number])
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(buf === undefined && !process.env.CI)('buf breaking judges the evolution table', () => {
  it.each(rows.map((row, index) => [row.edit, row, index] as const))('%s', (edit, row, index) => {
    const rules = [...new Set(found.filter(({ path }) => path.startsWith(`${packageOf(index)}/`)).map((f) => f.type))]
    const ours = row.wire !== 'none'
    const theirs = rules.length > 0
    if (ours && !theirs) expect(row.kinds.filter((kind) => stricter[kind])).not.toEqual([])
    if (theirs && !ours) expect(rules).toEqual([looser[edit]?.split(':')[0]])
    if (ours === theirs) expect(Object.hasOwn(looser, edit)).toBe(false)
  })

  it('agrees on most of it', () => {
    const theirs = (index: number) => found.some(({ path }) => path.startsWith(`${packageOf(index)}/`))
    const agreed = rows.filter((row, index) => (row.wire !== 'none') === theirs(index))
    expect(agreed.filter((row) => row.wire !== 'none').length).toBeGreaterThanOrEqual(20)
    expect(agreed.length).toBeGreaterThanOrEqual(75)
  })
})
