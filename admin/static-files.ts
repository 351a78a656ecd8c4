import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { MiddlewareHandler } from 'hono'

/** Where `npm run build:ui` puts the pages; in the package as well. */
export function pagesFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve('tsubo/package.json')), 'dist/admin/ui')
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}
const compressible = new Set(['.css', '.html', '.js', '.json', '.svg'])

interface File {
  readonly bytes: Buffer
  readonly zipped: Buffer | undefined
  readonly type: string
  /** Its name holds the hash of what is in it. */
  readonly immutable: boolean
}

const notBuilt = `<!doctype html><meta charset="utf-8"><title>tsubo</title>
<h1>The console's pages are not built</h1><p>Run <code>npm run build:ui</code> in the checkout, and load this page again. The API is there: <code>/api</code>.</p>
`

/**
 * The pages. All files are read once and held, about 0.5 MB, so a path can lead to nothing but one of them. Paths
 * outside of `/assets` are addresses within the page, which get `index.html`.
 */
export function staticFiles(folder: string): MiddlewareHandler {
  let files: Promise<ReadonlyMap<string, File>> | undefined
  return async (c, next) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') return next()
    files ??= readFiles(folder)
    const read = await files
    // They may be built while it runs.
    if (!read.has('/index.html')) files = undefined
    const { path } = c.req
    const file = read.get(path) ?? (isPage(path) ? read.get('/index.html') : undefined)
    if (!file) {
      return read.size === 0 && isPage(path) ? c.html(notBuilt, 503) : c.text('there is no such file\n', 404)
    }
    c.header('Content-Type', file.type)
    c.header('Cache-Control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
    c.header('Vary', 'Accept-Encoding')
    const zipped = file.zipped && /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
    if (zipped) c.header('Content-Encoding', 'gzip')
    return c.body(new Uint8Array((zipped && file.zipped) || file.bytes))
  }
}

/** Names of services have dots, so an ending says nothing. */
function isPage(path: string): boolean {
  return !path.startsWith('/assets/') && path !== '/favicon.ico'
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, File>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = new Map<string, File>()
  for (const entry of names) {
    const ending = extname(entry.name)
    const type = types[ending]
    if (!entry.isFile() || type === undefined) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = await readFile(path)
    files.set(path.slice(folder.length).replaceAll('\\', '/'), {
      bytes,
      zipped: compressible.has(ending) ? await promisify(gzip)(bytes, { level: 9 }) : undefined,
      type,
      immutable: /-[\w-]{8,}\.\w+$/.test(entry.name),
    })
  }
  return files
}
