import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

/**
 * The rooms of runtime/. A file imports only from its own room and from those above it in this list, types included:
 * what a file needs to be read, not only to be run, lies above it.
 */
const rooms: readonly (readonly string[])[] = [
  ['error', 'schema/', 'address', 'service-key', 'types', 'clock', 'parameters'],
  ['call', 'batches', 'contract-text', 'current-call', 'travelling', 'method', 'dispatcher', 'guard'],
  ['codec/', 'guards/', 'interceptors/', 'observers/', 'secret'],
  ['wire/', 'stub', 'codegen'],
  ['protocol/'],
  ['registry/'],
  ['cluster/', 'rule/'],
  ['services/'],
  [
    'client',
    'dynamic-client',
    'server',
    'running-server',
    'gate',
    'dispatch',
    'admission',
    'in-process',
    'publish-address',
    'signals',
    'open-registry',
  ],
  ['index', 'dubbo'],
]

/** What files of a folder may import besides their own folder, as beginnings of paths, packages or `node:`. */
const folders: Readonly<Record<string, readonly string[]>> = {
  'runtime/': ['node:', 'protobufjs', 'node-zookeeper-client', 'yaml', 'zod'],
  'runtime/services/': ['generated/tsubo/', 'node:'],
  'generator/': [
    'node:',
    'ts-morph',
    'handlebars',
    'protobufjs',
    'zod',
    'runtime/schema/',
    'runtime/error.ts',
    'runtime/types.ts',
  ],
  'admin/': ['node:', 'hono', '@hono/node-server', 'zod', 'runtime/', 'generated/tsubo/', 'cli/line-diff.ts', 'tsubo'],
  // Pages for a browser: of the server they know the types of what it says, and schemas are read as everywhere.
  'admin/ui/': ['admin/api.ts', 'runtime/schema/', 'cli/line-diff.ts', 'preact', '@preact/signals', 'uplot'],
  'cli/': ['node:', 'admin/', 'generator/', 'runtime/', 'container/', 'monitor/', 'zookeeper/', 'tsubo'],
  'container/': ['node:', 'zod', 'runtime/', 'tsubo'],
  'monitor/': ['node:', 'libsql', 'generated/tsubo/', 'tsubo'],
  'ops/': ['node:', 'runtime/', 'tsubo'],
  'otel/': ['@opentelemetry/api', 'runtime/service-key.ts', 'runtime/travelling.ts', 'tsubo'],
  // A server of its own: of the runtime it knows how addresses are written, and no more.
  'zookeeper/': ['node:', 'runtime/address.ts'],
  'generated/': ['tsubo/codegen'],
  'idl/': ['tsubo/types'],
  'examples/': ['node:', 'generated/', 'tsubo'],
}

/** What only these files may load. Types are free: they are gone when the program runs. */
const reserved: Readonly<Record<string, readonly string[]>> = {
  'node:net': ['runtime/protocol/framed.ts', 'runtime/protocol/listener.ts', 'zookeeper/server.ts', 'ops/ops.ts'],
  'node:tls': ['runtime/protocol/tls.ts'],
  'ts-morph': ['generator/compile.ts'],
  handlebars: ['generator/render.ts'],
  protobufjs: ['runtime/codec/protobuf.ts', 'generator/proto-check.ts'],
  yaml: ['runtime/rule/yaml.ts'],
  libsql: ['monitor/sqlite.ts'],
  'node-zookeeper-client': ['runtime/registry/zookeeper-node-client.ts'],
}

/** The browser client is made of these: no `node:` module, no Buffer. */
const forBrowsers = [...(rooms[0] ?? []), ...(rooms[1] ?? []), 'codec/json'].map((entry) => `runtime/${entry}`)

interface Import {
  /** As written; a relative one as a path from the repository's root, with the source's ending. */
  readonly of: string
  readonly relative: boolean
  readonly typeOnly: boolean
}

interface SourceFile {
  readonly imports: readonly Import[]
  readonly usesBuffer: boolean
}

function readSource(path: string, text: string): SourceFile {
  const imports: Import[] = []
  let usesBuffer = false
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (!specifier || !ts.isStringLiteral(specifier)) return
    const relative = specifier.text.startsWith('.')
    const target = relative ? posix.join(posix.dirname(path), specifier.text.replace(/\.js$/, '.ts')) : specifier.text
    imports.push({ of: target, relative, typeOnly })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false)
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true)
    } else if (ts.isIdentifier(node) && node.text === 'Buffer') {
      usesBuffer = true
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022))
  return { imports, usesBuffer }
}

/** 1 for the first room; undefined for a file that has none. */
function roomOf(path: string): number | undefined {
  const index = rooms.findIndex((entries) => entries.some((entry) => belongs(path, `runtime/${entry}`)))
  return index < 0 ? undefined : index + 1
}

function belongs(path: string, entry: string): boolean {
  return entry.endsWith('/') ? path.startsWith(entry) : path === `${entry}.ts` || path.startsWith(`${entry}/`)
}

/** Every way in which one file breaks the rules above, as a sentence that says what to do. */
function violations(path: string, text: string): string[] {
  const { imports, usesBuffer } = readSource(path, text)
  const broken: string[] = []
  const room = path.startsWith('runtime/') ? roomOf(path) : undefined
  if (path.startsWith('runtime/') && room === undefined) broken.push(`${path} has no room; give it one in ${here}`)

  const browser = forBrowsers.some((entry) => belongs(path, entry))
  if (browser && usesBuffer) broken.push(`${path} uses Buffer, but browsers load it`)

  const folder = Object.keys(folders).reduce((best, f) => (path.startsWith(f) && f.length > best.length ? f : best), '')
  const allowed = [folder, ...(folders[folder] ?? [])]
  for (const { of, relative, typeOnly } of imports) {
    const within = relative && path.startsWith('runtime/') && of.startsWith('runtime/')
    if (within) {
      const target = roomOf(of)
      if (room !== undefined && target !== undefined && target > room) {
        broken.push(`${path} (room ${room}) imports ${of} (room ${target}); only rooms up to ${room} may be`)
      }
    } else if (folder && !allowed.some((start) => of === start || of.startsWith(endOf(start)))) {
      broken.push(`${path} imports ${of}; files of ${folder} may import ${allowed.join(', ')}`)
    }
    if (browser && of.startsWith('node:')) broken.push(`${path} imports ${of}, but browsers load it`)
    const owners = Object.entries(reserved).find(([name]) => of === name || of.startsWith(`${name}/`))?.[1]
    if (owners && !typeOnly && !owners.includes(path)) broken.push(`${path} loads ${of}; only ${owners.join(', ')} may`)
  }
  return broken
}

/** `zod` allows `zod/v4` but not `zodiac`; `node:` and `generator/` allow all that begins so. */
function endOf(start: string): string {
  return /[:/]$/.test(start) ? start : `${start}/`
}

const here = 'test/rooms.test.ts'
const root = fileURLToPath(new URL('..', import.meta.url))

function sources(): [string, string][] {
  return Object.keys(folders)
    .filter((folder) => folder.split('/').length === 2)
    .flatMap((folder) =>
      readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.config.ts'))
        .map((name): [string, string] => {
          const path = folder + name.replaceAll('\\', '/')
          return [path, readFileSync(root + path, 'utf8')]
        }),
    )
}

describe('every file keeps to its room', () => {
  it.each(sources())('%s', (path, text) => {
    expect(violations(path, text)).toEqual([])
  })
})

describe('the check sees', () => {
  it.each([
    ['a file without a room', 'runtime/stuff.ts', '', 'has no room'],
    ['an import from a room below', 'runtime/call.ts', "import { x } from './client.js'", 'imports runtime/client.ts'],
    ['a type from a room below', 'runtime/wire/a.ts', "import type { X } from '../server.js'", 'only rooms up to 4'],
    ['a re-export from a room below', 'runtime/error.ts', "export * from './wire/b.js'", '(room 4)'],
    ['an import() from a room below', 'runtime/stub.ts', "await import('./index.js')", '(room 10)'],
    ['a type import() from a room below', 'runtime/stub.ts', "let x: import('./index.js').X", '(room 10)'],
    ['a socket opened elsewhere', 'runtime/cluster/a.ts', "import net from 'node:net'", 'loads node:net; only'],
    ['TLS elsewhere', 'runtime/client.ts', "import tls from 'node:tls'", 'loads node:tls; only'],
    ['Node in a browser room', 'runtime/schema/hash.ts', "import { a } from 'node:crypto'", 'but browsers load it'],
    ['a Node type in a browser room', 'runtime/call.ts', "import type { S } from 'node:net'", 'but browsers load it'],
    ['Node in the JSON codec', 'runtime/codec/json.ts', "import 'node:util'", 'but browsers load it'],
    ['Buffer in a browser room', 'runtime/method.ts', 'const a = Buffer.alloc(1)', 'uses Buffer'],
    ['Buffer as a type there', 'runtime/method.ts', 'let a: Buffer', 'uses Buffer'],
    [
      'a new dependency of the runtime',
      'runtime/wire/a.ts',
      "import 'lodash'",
      'imports lodash; files of runtime/ may',
    ],
    ['a package that only begins alike', 'runtime/wire/a.ts', "import 'zodiac'", 'imports zodiac'],
    [
      'the generator in the runtime',
      'runtime/client.ts',
      "import '../generator/model.js'",
      'imports generator/model.ts',
    ],
    ['a second user of ts-morph', 'generator/names.ts', "import { Project } from 'ts-morph'", 'loads ts-morph; only'],
    ['a second user of handlebars', 'generator/view.ts', "import 'handlebars'", 'loads handlebars; only'],
    ['sockets in the generator', 'generator/view.ts', "import '../runtime/client.js'", 'imports runtime/client.ts'],
    ['generated code on the IDL', 'generated/a.ts', "import type { A } from '../idl/a.js'", 'imports idl/a.ts'],
    ['generated code on the runtime', 'generated/a.ts', "import '../runtime/stub.js'", 'imports runtime/stub.ts'],
    ['generated code on all of tsubo', 'generated/a.ts', "import 'tsubo'", 'imports tsubo;'],
    ['an example that reaches inside', 'examples/a/b.ts', "import '../../runtime/call.js'", 'imports runtime/call.ts'],
    ['a contract that imports code', 'idl/a.d.ts', "import type { A } from 'node:net'", 'imports node:net'],
  ])('%s', (_name, path, text, expected) => {
    expect(violations(path, text).join('\n')).toContain(expected)
  })

  it.each([
    ['own folder and rooms above', 'runtime/wire/a.ts', "import './b.js'; import { type C } from '../call.js'"],
    ['types of sockets where they are passed on', 'runtime/protocol/a.ts', "import type { Socket } from 'node:net'"],
    ['the runtime`s own services', 'runtime/services/a.ts', "import '../../generated/tsubo/health.js'"],
    ['generated code on its siblings', 'generated/a.ts', "import 'tsubo/codegen'; import './b.codec.js'"],
    ['Buffer in a comment', 'runtime/call.ts', '/** no Buffer here */'],
  ])('nothing wrong with %s', (_name, path, text) => {
    expect(violations(path, text)).toEqual([])
  })
})
