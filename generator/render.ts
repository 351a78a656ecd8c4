import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Fill, type Path, type Piece, printers, type Templates } from './template.js'

/** The files of `templates/` that lay out an output file. The others are partials of them. */
export type TemplateName = 'types' | 'codec' | 'schema' | 'proto' | 'zod' | 'check' | 'contract'

/**
 * Fills a template with plain data. The only file that knows Handlebars, whose syntax the templates have.
 *
 * Nothing is escaped here: the output is TypeScript, and every text of a contract became a literal, a checked name or a
 * comment line before it came into a view (`names.ts`). Templates are this package's own files, never a caller's.
 */
export function render(template: TemplateName, view: object): string {
  loaded ??= printers(existsSync(built) ? (JSON.parse(readFileSync(built, 'utf8')) as Templates) : readTemplates())
  const fill = loaded.get(template)
  if (!fill) throw new Error(`there is no template ${template}`)
  return fill(view)
}

let loaded: ReadonlyMap<string, Fill> | undefined

/** All templates, made once by `npm run build`; in a checkout they are parsed each time. */
const built = new URL('./templates.json', import.meta.url)

/** Parses `templates/`. Throws where one says something that `template.ts` has no piece for. */
export function readTemplates(): Templates {
  const { parse } = createRequire(import.meta.url)('handlebars') as typeof import('handlebars')
  const folder = new URL('./templates/', import.meta.url)
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.hbs'))
    .map((file) => file.slice(0, -'.hbs'.length))
    .sort()
  const entries = names.map((name) => {
    const text = readFileSync(new URL(`${name}.hbs`, folder), 'utf8').replaceAll('\r\n', '\n')
    return [name, pieces(parse(text), name)] as const
  })
  return Object.fromEntries(entries)
}

function pieces(program: hbs.AST.Program | undefined, where: string): Piece[] {
  const found = (program?.body ?? []).map((statement) => piece(statement, where))
  return found.filter((p) => p !== '')
}

function piece(statement: hbs.AST.Statement, where: string): Piece {
  switch (statement.type) {
    case 'ContentStatement':
      return (statement as hbs.AST.ContentStatement).value
    case 'CommentStatement':
      return ''
    case 'MustacheStatement': {
      const { path: of, params } = statement as hbs.AST.MustacheStatement
      if (params.length === 0) return { print: path(of, where) }
      break
    }
    case 'BlockStatement': {
      const { path: of, params, program, inverse } = statement as hbs.AST.BlockStatement
      const [subject, ...more] = params
      if (!subject || more.length > 0) break
      const [about, yes, no] = [path(subject, where), pieces(program, where), pieces(inverse, where)]
      const { original } = of as hbs.AST.PathExpression
      if (original === 'if') return { if: about, yes, no }
      if (original === 'unless') return { if: about, yes: no, no: yes }
      if (original === 'each') return { each: about, yes, no }
      break
    }
    case 'PartialStatement': {
      const { name, params, hash, indent } = statement as hbs.AST.PartialStatement
      if (name.type !== 'PathExpression' || hash || params.length > 1) break
      const [context] = params
      return {
        partial: (name as hbs.AST.PathExpression).original,
        ...(context && { of: path(context, where) }),
        ...(indent !== '' && { indent }),
      }
    }
  }
  throw new Error(
    `${where}.hbs, line ${statement.loc.start.line}: templates have only if, unless, each, partials and names`,
  )
}

function path(expression: hbs.AST.Expression, where: string): Path {
  if (expression.type !== 'PathExpression')
    throw new Error(`${where}.hbs: ${expression.type} where a name should stand`)
  const { depth, data, parts } = expression as hbs.AST.PathExpression
  return { up: depth, data, names: parts }
}
