import { readdirSync, readFileSync } from 'node:fs'
import Handlebars from 'handlebars'

/** The files of `templates/` that lay out an output file. The others are partials of them. */
export type TemplateName = 'types' | 'codec' | 'schema' | 'proto' | 'zod' | 'check' | 'contract'

/**
 * Fills a template with plain data. The only file that knows Handlebars.
 *
 * Nothing is escaped here: the output is TypeScript, and every text of a contract became a literal, a checked name or a
 * comment line before it came into a view (`names.ts`). Templates are this package's own files, never a caller's.
 */
export function render(template: TemplateName, view: object): string {
  loaded ??= load()
  const fill = loaded.get(template)
  if (!fill) throw new Error(`there is no template ${template}`)
  return fill(view)
}

type Template = (view: object) => string

let loaded: ReadonlyMap<string, Template> | undefined

function load(): ReadonlyMap<string, Template> {
  const handlebars = Handlebars.create()
  const folder = new URL('./templates/', import.meta.url)
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.hbs'))
    .map((file) => file.slice(0, -'.hbs'.length))
    .sort()
  const partials = Object.assign(Object.create(null) as Record<string, Handlebars.Template>, {})
  const templates = new Map<string, Template>()
  for (const name of names) {
    const text = readFileSync(new URL(`${name}.hbs`, folder), 'utf8').replaceAll('\r\n', '\n')
    const compiled = handlebars.compile(text, {
      noEscape: true,
      // A name that the view lacks is a mistake of ours, not an empty text.
      strict: true,
      knownHelpersOnly: true,
    })
    partials[name] = compiled
    // Names of a view are its own properties or nothing: a prototype has no say.
    const options = { partials, allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false }
    templates.set(name, (view) => compiled(view, options))
  }
  return templates
}
