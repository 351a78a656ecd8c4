import type { BreakingKind } from '../../generator/breaking.js'

/** Who can't read whom: both ways, one way, or nobody has trouble. */
export type Trouble = 'none' | 'old-reads-new' | 'new-reads-old' | 'both'

/** One edit of a contract, and what it should break. */
export interface Row {
  readonly edit: string
  /**
   * Contracts before and after, or with steps between; codegen runs at each. Text that declares nothing is the properties
   * of `Q`, which the service `S` echoes. `;` and line feeds separate. Several files: `a.d.ts` by name.
   */
  readonly states: readonly (string | Readonly<Record<string, string>>)[]
  readonly wire: Trouble
  readonly json: Trouble
  readonly source: boolean
  /** What is reported, each kind once, sorted. */
  readonly kinds: readonly BreakingKind[]
  /** The trouble is not in any value: peers don't find each other any more, or wait for one another. */
  readonly elsewhere?: true
}

const row = (
  edit: string,
  states: Row['states'],
  wire: Trouble,
  json: Trouble,
  source: boolean,
  kinds: readonly BreakingKind[] = [],
  elsewhere?: true,
): Row => ({ edit, states, wire, json, source, kinds: [...kinds].sort(), ...(elsewhere && { elsewhere }) })

const ok = [false, [] as readonly BreakingKind[]] as const
const same = (edit: string, ...states: Row['states'][number][]) => row(edit, states, 'none', 'none', ...ok)

/** `E` is an enum of strings, `N` of numbers, `U` discriminated; each is used by `Q`. */
const withE = (members: string) => `export enum E { ${members} }\nexport interface Q { e: E; es: E[]; o?: E }`
const withN = (members: string) => `export enum N { ${members} }\nexport interface Q { n: N; ns: N[] }`
const withU = (members: string) => `export interface A { k: 'a'; x: string }
export interface B { k: 'b' }
export interface C { k: 'c'; y: int32 }
export type U = ${members}
export interface Q { u: U; us: U[]; o?: U }`
const method = (signature: string, more = '') =>
  `export interface S { ${signature} }\nexport interface M { x: string; y?: int32 }\n${more}`

export const rows: readonly Row[] = [
  // ---- nothing happens ----
  same('nothing', 'a: string', 'a: string'),
  same('properties reordered', 'a: string; b: int32; c?: Date', 'c?: Date; b: int32; a: string'),
  same('a doc comment and a deprecation', 'a: string', '/** Old. @deprecated use nothing */ a: string'),
  same('readonly added', 'a: string; b: string[]', 'readonly a: string; readonly b: readonly string[]'),
  same('? for | undefined', 'a?: string', 'a: string | undefined'),
  same(
    'declarations reordered',
    'export interface A { a: string }\nexport interface Q { a: A }',
    'export interface Q { a: A }\nexport interface A { a: string }',
  ),
  same(
    'methods reordered',
    method('a(m: M): Promise<M>; b(): Promise<void>'),
    method('b(): Promise<void>; a(m: M): Promise<M>'),
  ),
  same('a type behind an alias', 'a: string', 'type T = string\nexport interface Q { a: T }'),
  same(
    'imports sorted, declarations in the same files',
    { a: 'export interface A { a: string }', q: 'import type { A } from "./a.js"\nexport interface Q { a: A }' },
    { q: 'import { type A } from "./a.js"\nexport interface Q { a: A }', a: 'export interface A { a: string }' },
  ),

  // ---- adding ----
  same('an optional property added', 'a: string', 'a: string; b?: string'),
  same('an optional property added in front', 'a: string', 'b?: string; a: string'),
  same('an optional list added', 'a: string', 'a: string; b?: string[]'),
  row('a required property added', ['a: string', 'a: string; b: string'], 'new-reads-old', 'new-reads-old', true, [
    'field-added',
  ]),
  row(
    'a required list added: an absent one is empty',
    ['a: string', 'a: string; b: string[]'],
    'none',
    'new-reads-old',
    true,
    ['field-added'],
  ),
  same('a method added', method('a(m: M): Promise<M>'), method('a(m: M): Promise<M>; b(): Promise<void>')),
  same(
    'a declaration added that nothing uses',
    'a: string',
    'export interface Q { a: string }\nexport interface New { b: string }',
  ),
  same(
    'an error declared',
    method('a(): Promise<M>'),
    method('/** @throws {Bad} */ a(): Promise<M>', 'export interface Bad extends Error { why: string }'),
  ),

  // ---- removing ----
  row('an optional property removed', ['a: string; b?: string', 'a: string'], 'none', 'none', true, ['field-removed']),
  row('a required property removed', ['a: string; b: string', 'a: string'], 'old-reads-new', 'old-reads-new', true, [
    'field-removed',
  ]),
  row(
    'a required list removed: an absent one is empty',
    ['a: string; b: string[]', 'a: string'],
    'none',
    'old-reads-new',
    true,
    ['field-removed'],
  ),
  row(
    'an optional property removed and added again: another member',
    ['a: string; b?: string', 'a: string', 'a: string; b?: string'],
    'both',
    'none',
    false,
    ['field-number'],
  ),
  row(
    'a required property removed and added again',
    ['a: string; b: string', 'a: string', 'a: string; b: string'],
    'both',
    'none',
    false,
    ['field-number'],
  ),
  same(
    'removed and brought back by its number',
    'a: string; b?: string',
    'a: string',
    'a: string; /** @field 2 */ b?: string',
  ),
  same(
    'removed and brought back under another name by @was, then named as before',
    'a: string; b?: string',
    'a: string',
    'a: string; /** @was b */ c?: string',
    'a: string; /** @was c */ b?: string',
  ),
  row(
    'a method removed',
    [method('a(m: M): Promise<M>; b(): Promise<void>'), method('a(m: M): Promise<M>')],
    'new-reads-old',
    'new-reads-old',
    true,
    ['method-removed'],
    true,
  ),
  row(
    'a service removed',
    [`${method('a(): Promise<M>')}\nexport interface T { b(): Promise<void> }`, method('a(): Promise<M>')],
    'new-reads-old',
    'new-reads-old',
    true,
    ['service-removed'],
    true,
  ),
  row(
    'an unused declaration removed',
    ['export interface Q { a: string }\nexport interface Gone { b: string }', 'a: string'],
    'none',
    'none',
    true,
    ['declaration-removed'],
  ),
  row(
    'a declared error removed',
    [
      method('/** @throws {Late} */ a(): Promise<M>', 'export interface Late extends Error { why: string }'),
      method('a(): Promise<M>'),
    ],
    'none',
    'none',
    true,
    ['declaration-removed', 'error-removed'],
  ),

  // ---- renaming ----
  row(
    'a property renamed with @was',
    ['a: string; b: string', 'a: string; /** @was b */ c: string'],
    'none',
    'both',
    true,
    ['field-renamed'],
  ),
  row('a property renamed without @was', ['a: string; b: string', 'a: string; c: string'], 'both', 'both', true, [
    'field-added',
    'field-removed',
  ]),
  row(
    'an optional property renamed without @was',
    ['a: string; b?: string', 'a: string; c?: string'],
    'none',
    'none',
    true,
    ['field-removed'],
  ),
  row(
    'a property renamed twice',
    ['a: string; b: string', 'a: string; /** @was b */ c: string', 'a: string; /** @was c, b */ d: string'],
    'none',
    'both',
    true,
    ['field-renamed'],
  ),
  row(
    'two properties swap names',
    [
      'a: string; b: string',
      '/** @was a */ x: string; b: string',
      '/** @was x */ b1: string; /** @was b */ a: string',
      '/** @was b1 */ b: string; a: string',
    ],
    'both',
    'none',
    false,
    ['field-number'],
  ),
  row(
    'a type renamed with @was',
    [
      'export interface A { a: string; b?: A }\nexport interface Q { a: A; as: A[] }',
      '/** @was A */\nexport interface B { a: string; b?: B }\nexport interface Q { a: B; as: B[] }',
    ],
    'none',
    'none',
    true,
    ['declaration-renamed'],
  ),
  row(
    'a type renamed without @was, its numbers by chance the same',
    [
      'export interface A { a: string }\nexport interface Q { a: A }',
      'export interface B { a: string }\nexport interface Q { a: B }',
    ],
    'none',
    'none',
    true,
    ['declaration-removed', 'declaration-renamed'],
  ),
  row(
    'a type renamed without @was after it had changed',
    [
      'export interface A { a: string; b: string }\nexport interface Q { a: A }',
      'export interface A { b: string; a: string }\nexport interface Q { a: A }',
      'export interface B { b: string; a: string }\nexport interface Q { a: B }',
    ],
    'both',
    'none',
    true,
    ['declaration-removed', 'field-type'],
  ),
  row(
    'a package renamed with @was',
    [
      '/** @package #.old */\nexport interface S { a(q: Q): Promise<Q> }\nexport interface Q { b: string; a: string }',
      '/** @package #.old */\nexport interface S { a(q: Q): Promise<Q> }\nexport interface Q { a: string; b: string }',
      '/** @package #.new\n@was #.old */\nexport interface S { a(q: Q): Promise<Q> }\nexport interface Q { a: string; b: string }',
    ],
    'both',
    'both',
    false,
    ['service-renamed'],
    true,
  ),
  row(
    'a package renamed without @was: other numbers, too',
    [
      '/** @package #.old */\nexport interface Solo { a(only: Only): Promise<Only> }\nexport interface Only { b: string; a: string }',
      '/** @package #.old */\nexport interface Solo { a(only: Only): Promise<Only> }\nexport interface Only { a: string; b: string }',
      '/** @package #.new */\nexport interface Solo { a(only: Only): Promise<Only> }\nexport interface Only { a: string; b: string }',
    ],
    'both',
    'both',
    false,
    ['field-number', 'service-renamed'],
  ),
  row(
    'a method renamed with @was',
    [method('a(x: string, y: string): Promise<M>'), method('/** @was a */ b(y: string, x: string): Promise<M>')],
    'new-reads-old',
    'new-reads-old',
    true,
    ['method-removed'],
    true,
  ),
  row(
    'a parameter renamed with @was',
    [method('a(x: string, y: string): Promise<M>'), method('a(x: string, /** @was y */ z: string): Promise<M>')],
    'none',
    'both',
    false,
    ['field-renamed'],
  ),
  row(
    'a parameter renamed without @was',
    [method('a(x: string, y: string): Promise<M>'), method('a(x: string, z: string): Promise<M>')],
    'both',
    'both',
    true,
    ['field-added', 'field-removed'],
  ),
  same('the parameter of a bare method renamed', method('a(m: M): Promise<M>'), method('a(message: M): Promise<M>')),
  row(
    'an error renamed with @was',
    [
      method('/** @throws {Bad} */ a(): Promise<M>', 'export interface Bad extends Error { why: string }'),
      method(
        '/** @throws {Worse} */ a(): Promise<M>',
        '/** @was Bad */\nexport interface Worse extends Error { why: string }',
      ),
    ],
    'both',
    'both',
    true,
    ['declaration-renamed'],
    true,
  ),

  // ---- moving ----
  row(
    'a type moved to another file',
    [
      { q: 'export interface A { b: string; a: string }\nexport interface Q { a: A }' },
      { q: 'export interface A { a: string; b: string }\nexport interface Q { a: A }' },
      {
        a: 'export interface A { a: string; b: string }',
        q: 'import type { A } from "./a.js"\nexport interface Q { a: A }',
      },
    ],
    'none',
    'none',
    true,
    ['declaration-moved'],
  ),

  // ---- types of properties ----
  row('int32 widened to int53', ['a: int32', 'a: int53'], 'old-reads-new', 'old-reads-new', false, ['field-type']),
  row(
    'int53 narrowed to int32',
    ['a: int53; o?: int53', 'a: int32; o?: int32'],
    'new-reads-old',
    'new-reads-old',
    false,
    ['field-type'],
  ),
  row('int32 to uint32: the sign', ['a: int32', 'a: uint32'], 'both', 'both', false, ['field-type']),
  row('uint32 widened to int53, in a list', ['a: uint32[]', 'a: int53[]'], 'old-reads-new', 'old-reads-new', false, [
    'field-type',
  ]),
  row('int32 to sint32: zigzag', ['a: int32', 'a: sint32'], 'both', 'none', false, ['field-type']),
  row('sint32 to sfixed32', ['a: sint32', 'a: sfixed32'], 'both', 'none', false, ['field-type']),
  row('fixed32 to sfixed32', ['a: fixed32', 'a: sfixed32'], 'both', 'both', false, ['field-type']),
  row('uint32 to bigint', ['a: uint32', 'a: bigint'], 'old-reads-new', 'both', true, ['field-type']),
  row('int64 to uint64', ['a: int64', 'a: uint64'], 'both', 'both', false, ['field-type']),
  row('boolean to int32', ['a: boolean', 'a: int32'], 'old-reads-new', 'both', true, ['field-type']),
  row('number to int32', ['a: number', 'a: int32'], 'both', 'new-reads-old', false, ['field-type']),
  row('float to double', ['a: float', 'a: number'], 'both', 'old-reads-new', false, ['field-type']),
  row('string to number', ['a: string', 'a: number'], 'both', 'both', true, ['field-type']),
  row('string to Uint8Array', ['a: string', 'a: Uint8Array'], 'old-reads-new', 'both', true, ['field-type']),
  row('decimal to string', ['a: decimal', 'a: string'], 'old-reads-new', 'old-reads-new', false, ['field-type']),
  row('string to decimal', ['a: string', 'a: decimal'], 'new-reads-old', 'new-reads-old', false, ['field-type']),
  row('Date to string', ['a: Date', 'a: string'], 'both', 'both', true, ['field-type']),
  row('a string made a list', ['a: string', 'a: string[]'], 'old-reads-new', 'both', true, ['field-type']),
  row('an optional number made a list', ['a?: int32', 'a: int32[]'], 'old-reads-new', 'both', true, ['field-type']),
  row('a list made one string', ['a: string[]', 'a?: string'], 'new-reads-old', 'both', true, ['field-type']),
  row('a list of lists made a list', ['a: string[][]', 'a: string[]'], 'both', 'both', true, ['field-type']),
  row(
    'a message in place of another one with the same bytes',
    [
      'export interface A { a: string }\nexport interface B { b: string }\nexport interface Q { q: A; a: A; b: B }',
      'export interface A { a: string }\nexport interface B { b: string }\nexport interface Q { q: B; a: A; b: B }',
    ],
    'none',
    'both',
    true,
    ['field-type'],
  ),
  row(
    'a message in place of another one with other bytes',
    [
      'export interface A { a: string }\nexport interface B { b: Date }\nexport interface Q { q: A; a: A; b: B }',
      'export interface A { a: string }\nexport interface B { b: Date }\nexport interface Q { q: B; a: A; b: B }',
    ],
    'both',
    'both',
    true,
    ['field-type'],
  ),

  // ---- presence ----
  row('optional made required', ['a?: string', 'a: string'], 'new-reads-old', 'new-reads-old', true, [
    'field-presence',
  ]),
  row('required made optional', ['a: string', 'a?: string'], 'old-reads-new', 'old-reads-new', true, [
    'field-presence',
  ]),
  row('an optional list made required', ['a?: int32[]', 'a: int32[]'], 'both', 'new-reads-old', true, [
    'field-presence',
  ]),
  row('a required list made optional', ['a: string[]', 'a?: string[]'], 'both', 'old-reads-new', true, [
    'field-presence',
  ]),
  row(
    'required to optional two levels down',
    [
      'export interface A { b: B }\nexport interface B { c: string }\nexport interface Q { as: A[] }',
      'export interface A { b: B }\nexport interface B { c?: string }\nexport interface Q { as: A[] }',
    ],
    'old-reads-new',
    'old-reads-new',
    true,
    ['field-presence'],
  ),

  // ---- enums ----
  same('members reordered', withE("A = 'a', B = 'b'"), withE("B = 'b', A = 'a'")),
  row(
    'a member added',
    [withE("A = 'a', B = 'b'"), withE("C = 'c', A = 'a', B = 'b'")],
    'old-reads-new',
    'old-reads-new',
    true,
    ['member-added'],
  ),
  row('a member removed', [withE("A = 'a', B = 'b'"), withE("A = 'a'")], 'new-reads-old', 'new-reads-old', true, [
    'member-removed',
  ]),
  row(
    'a member removed and added again',
    [withE("A = 'a', B = 'b'"), withE("A = 'a'"), withE("A = 'a', B = 'b'")],
    'both',
    'none',
    false,
    ['member-number'],
  ),
  row(
    'a member renamed with @was',
    [withE("A = 'a', B = 'b'"), withE("A = 'a', /** @was B */ C = 'b'")],
    'none',
    'none',
    true,
    ['member-renamed'],
  ),
  row('a member renamed without @was', [withE("A = 'a', B = 'b'"), withE("A = 'a', C = 'b'")], 'both', 'both', true, [
    'member-added',
    'member-removed',
  ]),
  row("a member's text changed", [withE("A = 'a', B = 'b'"), withE("A = 'a', B = 'bb'")], 'none', 'both', true, [
    'member-value',
  ]),
  row(
    'a numeric member added',
    [withN('A = 0, B = 5'), withN('A = 0, B = 5, C = 7')],
    'old-reads-new',
    'old-reads-new',
    true,
    ['member-added'],
  ),
  row(
    'a numeric member renamed with @was',
    [withN('A = 0, B = 5'), withN('A = 0, /** @was B */ C = 5')],
    'none',
    'none',
    true,
    ['member-renamed'],
  ),
  row('a numeric member given another number', [withN('A = 0, B = 5'), withN('A = 0, B = 6')], 'both', 'none', false, [
    'member-number',
  ]),
  row(
    'a numeric enum made an int32',
    [
      'export enum N { A = 0, B = 5 }\nexport interface Q { n: N }',
      'export enum N { A = 0, B = 5 }\nexport interface Q { n: int32 }',
    ],
    'old-reads-new',
    'old-reads-new',
    true,
    ['field-type'],
  ),

  // ---- methods ----
  row(
    'an optional parameter added at the end',
    [method('a(x: string, y: string): Promise<M>'), method('a(x: string, y: string, z?: string): Promise<M>')],
    'none',
    'none',
    true,
    ['parameter-order'],
  ),
  row(
    'an optional parameter added in front',
    [
      method('a(x: string, y: string): Promise<M>'),
      method('a(z: string | undefined, x: string, y: string): Promise<M>'),
    ],
    'none',
    'none',
    true,
    ['parameter-order'],
  ),
  row(
    'a required parameter added',
    [method('a(x: string, y: string): Promise<M>'), method('a(x: string, y: string, z: string): Promise<M>')],
    'new-reads-old',
    'new-reads-old',
    true,
    ['field-added'],
  ),
  row(
    'parameters reordered',
    [method('a(x: string, y: int32): Promise<M>'), method('a(y: int32, x: string): Promise<M>')],
    'none',
    'none',
    true,
    ['parameter-order'],
  ),
  row(
    'a parameter removed',
    [method('a(x: string, y?: string): Promise<M>'), method('a(x: string): Promise<M>')],
    'none',
    'none',
    true,
    ['field-removed'],
  ),
  row(
    "a parameter's type widened",
    [method('a(x: int32, y: string): Promise<M>'), method('a(x: int53, y: string): Promise<M>')],
    'old-reads-new',
    'old-reads-new',
    false,
    ['field-type'],
  ),
  row(
    'a result where there was none',
    [method('a(): Promise<void>'), method('a(): Promise<string>')],
    'new-reads-old',
    'new-reads-old',
    true,
    ['result-type'],
  ),
  row(
    'an optional result where there was none',
    [method('a(): Promise<void>'), method('a(): Promise<string | undefined>')],
    'none',
    'new-reads-old',
    true,
    ['result-type'],
  ),
  row(
    'no result any more',
    [method('a(): Promise<string>'), method('a(): Promise<void>')],
    'old-reads-new',
    'old-reads-new',
    true,
    ['result-type'],
  ),
  row(
    'a message as result made optional: wrapped then',
    [method('a(): Promise<M>'), method('a(): Promise<M | undefined>')],
    'both',
    'old-reads-new',
    true,
    ['result-type'],
  ),
  row(
    'a list as result in place of one message',
    [method('a(): Promise<M>'), method('a(): Promise<M[]>')],
    'both',
    'both',
    true,
    ['result-type'],
  ),
  row(
    'the form stays: a method born with two parameters keeps wrapping one message',
    [method('a(m: M, n?: string): Promise<M>'), method('a(m: M): Promise<M>')],
    'none',
    'none',
    true,
    ['field-removed'],
  ),
  row(
    'a parameter removed and added again: another one; the form stays',
    [
      method('a(m: M, n?: string): Promise<M>'),
      method('a(m: M): Promise<M>'),
      method('a(m: M, n?: string): Promise<M>'),
    ],
    'both',
    'none',
    false,
    ['field-number'],
  ),
  row(
    'a plain call made a stream',
    [method('a(x: string): Promise<M>'), method('a(x: string): AsyncIterable<M>')],
    'both',
    'both',
    true,
    ['method-kind'],
    true,
  ),
  row(
    '@oneway taken away',
    [method('/** @oneway */ a(x: string): void'), method('a(x: string): Promise<void>')],
    'new-reads-old',
    'none',
    false,
    ['method-oneway'],
    true,
  ),
  row(
    '@idempotent taken away',
    [method('/** @idempotent */ a(x: string): Promise<M>'), method('a(x: string): Promise<M>')],
    'none',
    'none',
    true,
    ['method-idempotent'],
  ),
  same(
    '@idempotent and @timeout added',
    method('a(x: string): Promise<M>'),
    method('/** @idempotent\n@timeout 3s */ a(x: string): Promise<M>'),
  ),
  row(
    "a stream's items changed",
    [
      method('a(x: AsyncIterable<int32>): AsyncIterable<string>'),
      method('a(x: AsyncIterable<int53>): AsyncIterable<string>'),
    ],
    'old-reads-new',
    'old-reads-new',
    false,
    ['field-type'],
    true,
  ),

  // ---- literals, unions, null ----
  row(
    'a literal added to a union of literals',
    ["a: 'x' | 'y'; b?: 1 | 2", "a: 'z' | 'x' | 'y'; b?: 1 | 2 | 3"],
    'old-reads-new',
    'old-reads-new',
    true,
    ['member-added'],
  ),
  row('a literal removed', ["a: 'x' | 'y'", "a: 'x'  | 'w'", "a: 'x' | 'y' | 'w'"], 'both', 'old-reads-new', true, [
    'member-added',
    'member-number',
  ]),
  same('literals reordered', "a: 'x' | 'y'", "a: 'y' | 'x'"),
  row(
    "a property's only value changed: it never travels",
    ["a: 'v1'; b: string", "a: 'v2'; b: string"],
    'none',
    'both',
    true,
    ['field-type'],
  ),
  row(
    "a property's only value made any text",
    ["a: 'v1'; b: string", 'a: string; b: string'],
    'both',
    'old-reads-new',
    true,
    ['field-type'],
  ),
  row(
    'a member added to a union of objects',
    [withU('A | B'), withU('C | A | B')],
    'old-reads-new',
    'old-reads-new',
    true,
    ['member-added'],
  ),
  row(
    'a member removed from a union of objects',
    [withU('A | B | C'), withU('A | C')],
    'new-reads-old',
    'new-reads-old',
    true,
    ['member-removed'],
  ),
  same('members of a union reordered', withU('A | B | C'), withU('C | B | A')),
  same(
    'an optional property added to a member',
    withU('A | B'),
    withU('A | B').replace("k: 'b'", "k: 'b'; more?: string"),
  ),
  row(
    'a required property added to a member',
    [withU('A | B'), withU('A | B').replace("k: 'b'", "k: 'b'; more: string")],
    'new-reads-old',
    'new-reads-old',
    true,
    ['field-added'],
  ),
  row('another discriminator', [withU('A | B'), withU('A | B').replaceAll('k: ', 't: ')], 'none', 'both', true, [
    'field-added',
    'field-removed',
    'union-discriminator',
  ]),
  row(
    'a type added to a mixed union',
    [
      'export type U = string | number\nexport interface Q { u: U; us: U[] }',
      'export type U = string | number | boolean\nexport interface Q { u: U; us: U[] }',
    ],
    'old-reads-new',
    'old-reads-new',
    true,
    ['member-added'],
  ),
  row('a string made string | number', ['a: string', 'a: string | number'], 'both', 'old-reads-new', true, [
    'field-type',
  ]),
  row('null allowed', ['a: string', 'a: string | null'], 'both', 'old-reads-new', true, ['field-type']),
  row('null not allowed any more', ['a: int32 | null', 'a: int32'], 'both', 'new-reads-old', true, ['field-type']),
  row('optional made nullable', ['a?: string', 'a: string | null'], 'both', 'both', true, ['field-type']),
  row('int32 | null widened', ['a: int32 | null', 'a: int53 | null'], 'old-reads-new', 'old-reads-new', false, [
    'field-type',
  ]),

  // ---- containers ----
  row('a list made a Set', ['a: int32[]', 'a: Set<int32>'], 'new-reads-old', 'new-reads-old', true, ['field-type']),
  row('a Set made a list', ['a: Set<int32>', 'a: int32[]'], 'old-reads-new', 'old-reads-new', true, ['field-type']),
  row(
    "a Map's values widened",
    ['a: Map<string, int32>', 'a: Map<string, int53>'],
    'old-reads-new',
    'old-reads-new',
    false,
    ['field-type'],
  ),
  row("a Map's keys changed", ['a: Map<string, int32>', 'a: Map<int32, int32>'], 'both', 'both', true, ['field-type']),
  row('a Map made a Record', ['a: Map<string, int32>', 'a: Record<string, int32>'], 'none', 'both', true, [
    'field-type',
  ]),
  row(
    'a required Map added: an absent one is empty',
    ['a: string', 'a: string; b: Map<string, string>'],
    'none',
    'new-reads-old',
    true,
    ['field-added'],
  ),
  row(
    'an optional item added to a tuple',
    ['a: [string, int32]', 'a: [string, int32, string?]'],
    'none',
    'old-reads-new',
    true,
    ['field-type'],
  ),
  row(
    'a required item added to a tuple',
    ['a: [string, int32]', 'a: [string, int32, string]'],
    'new-reads-old',
    'both',
    true,
    ['field-type'],
  ),
  row('a tuple swapped', ['a: [string, int32]', 'a: [int32, string]'], 'both', 'both', true, ['field-type']),
  row('unknown made a string', ['a: unknown', 'a: string'], 'old-reads-new', 'new-reads-old', true, ['field-type']),

  // ---- what TypeScript makes of types ----
  same(
    'an optional property added to a generic type',
    'export interface P<T> { items: T[] }\nexport interface Q { a: P<string>; b: P<int32> }',
    'export interface P<T> { next?: string; items: T[] }\nexport interface Q { a: P<string>; b: P<int32> }',
  ),
  same(
    'an optional property added to a base',
    'export interface B { x: string }\nexport interface Q extends B { y: int32 }',
    'export interface B { w?: Date; x: string }\nexport interface Q extends B { y: int32 }',
  ),
  same(
    'properties moved into a base',
    'export interface B { w?: string }\nexport interface Q extends B { y: int32; x: string }',
    'export interface B { w?: string; x: string }\nexport interface Q extends B { y: int32 }',
  ),
  row(
    'an inline type given a name',
    ['a: { x: string; y?: int32 }', 'export interface A { x: string; y?: int32 }\nexport interface Q { a: A }'],
    'none',
    'none',
    true,
    ['declaration-removed', 'declaration-renamed'],
  ),
  row(
    'Partial taken away',
    [
      'export interface A { x: string }\nexport interface Q { a: Partial<A> }',
      'export interface A { x: string }\nexport interface Q { a: A }',
    ],
    'new-reads-old',
    'new-reads-old',
    true,
    ['declaration-removed', 'field-type'],
  ),
  row(
    'a type renamed with @was: what is named after it keeps its numbers, too',
    [
      'export interface P<T> { t: T; u?: string }\nexport interface A { i: { y: string; x: string } }\nexport interface Q { a: A; p: P<A> }',
      'export interface P<T> { u?: string; t: T }\nexport interface A { i: { x: string; y: string } }\nexport interface Q { a: A; p: P<A> }',
      'export interface P<T> { u?: string; t: T }\n/** @was A */\nexport interface B { i: { x: string; y: string } }\nexport interface Q { a: B; p: P<B> }',
    ],
    'none',
    'none',
    true,
    ['declaration-removed', 'declaration-renamed'],
  ),
]
