import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root, runNode, runTsubo, tsc } from './support/child.js'
import { type Block, blocksOf } from './support/document.js'

/*
 * What the documents say is tried out. The ```ts blocks of one document are the files of one project:
 *
 *   ```ts file=idl/a.d.ts   a contract; generated code of all contracts lies in ./generated
 *   ```ts file=a.ts         a file that others import as './a.js'; type-checked, as every ```ts block is
 *   ```ts run               is run, too, and must end with exit code 0
 *   ```text                 right behind a block that runs: what it prints
 */

const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...markdownIn('docs/')]
const scripts = Object.keys(
  (JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> }).scripts,
)

function markdownIn(folder: string): string[] {
  return readdirSync(root + folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => folder + name)
}

// In the repository, so that 'tsubo' is this one; a folder of their own, so that nothing else is in reach.
const folder = `${root}.docs-all-${process.pid}`

/** The project that a document's blocks make; undefined where it has no TypeScript. */
function projectOf(document: string) {
  const blocks = blocksOf(readFileSync(root + document, 'utf8'))
  const code = blocks.filter(({ language }) => language === 'ts')
  const place = join(folder, basename(document, '.md'))
  const fileOf = (block: Block) => join(place, block.marks.get('file') || `line-${block.line}.ts`)
  return code.length === 0 ? undefined : { blocks, code, place, fileOf }
}

const projects = new Map(documents.map((document) => [document, projectOf(document)]))

/** All of them at once: loading the compiler and the runtime's types takes longer than what they say. */
let complaints = ''

beforeAll(async () => {
  for (const project of projects.values()) {
    if (!project) continue
    const { code, place, fileOf } = project
    for (const block of code) {
      mkdirSync(dirname(fileOf(block)), { recursive: true })
      // Line numbers in messages are those of the document.
      writeFileSync(fileOf(block), '\n'.repeat(block.line - 1) + block.code)
    }
    if (existsSync(`${place}/idl`)) {
      const generated = await runTsubo(['codegen', '--idl', `${place}/idl`, '--out', `${place}/generated`])
      expect(generated, generated.stderr).toMatchObject({ code: 0 })
    }
  }
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ extends: '../tsconfig.json', include: ['**/*.ts'] }))
  const checked = await runNode([tsc[7], '-p', folder], { timeoutMs: 60_000 })
  complaints = checked.stdout
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('their TypeScript is right', () => {
  expect(complaints).toBe('')
})

describe.each(documents)('%s', (document) => {
  const text = readFileSync(root + document, 'utf8')

  it('links only to what exists', () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link]) => link ?? '')
    const missing = links.filter((link) => !/^https?:/.test(link) && !existsSync(join(root, dirname(document), link)))
    expect(missing).toEqual([])
  })

  it('names only scripts that exist', () => {
    const named = [...text.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name]) => name ?? '')
    expect(named.filter((name) => !scripts.includes(name))).toEqual([])
  })

  const project = projects.get(document)
  if (!project) return
  const { blocks, code, fileOf } = project
  for (const block of code.filter(({ marks }) => marks.has('run'))) {
    it(`runs: ${basename(fileOf(block))}`, async () => {
      const ended = await runNode(['--conditions=@tsubo/source', '--import', 'tsx', fileOf(block)])
      expect(ended, ended.stderr).toMatchObject({ code: 0, stderr: '' })
      const next = blocks[blocks.indexOf(block) + 1]
      if (next?.language === 'text') expect(ended.stdout).toBe(next.code)
    })
  }
})

it('the README says how large the runtime is', () => {
  const said = /<!-- runtime-lines -->([\d,]+)<!-- \/runtime-lines -->/.exec(
    readFileSync(`${root}README.md`, 'utf8'),
  )?.[1]
  const lines = readdirSync(`${root}runtime`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => readFileSync(`${root}runtime/${name}`, 'utf8').split('\n'))
    .filter((line) => line.trim() !== '').length
  const off = Math.abs(Number(said?.replaceAll(',', '')) / lines - 1)
  expect(off, `README.md says ${said} lines, runtime/ has ${lines} that aren't blank`).toBeLessThan(0.1)
})

it('blocks are read with their marks and lines', () => {
  const [first, second] = blocksOf('a\n```ts file=b.ts run\nlet b\n\nb\n```\n```\nc\n```\n')
  expect(first).toMatchObject({ language: 'ts', code: 'let b\n\nb\n', line: 3 })
  expect([...(first?.marks ?? [])].flat()).toEqual(['file', 'b.ts', 'run', ''])
  expect(second).toMatchObject({ language: '', code: 'c\n', line: 8 })
})
