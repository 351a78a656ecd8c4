import { cpSync, writeFileSync } from 'node:fs'
import { readTemplates } from './render.js'

/* Of `npm run build`: what tsc leaves out. Installed, codegen parses no templates, and needs no Handlebars for it. */

const built = new URL('../dist/generator/', import.meta.url)
writeFileSync(new URL('templates.json', built), JSON.stringify(readTemplates()))
cpSync(new URL('compiler.cjs', import.meta.url), new URL('compiler.cjs', built))
