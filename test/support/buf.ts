import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const release = '@bufbuild/buf@1.75.0'

/**
 * Buf's command line, an independent judge of what breaks protobuf: `TSUBO_BUF=<path>`, the PATH, or the npm package,
 * fetched once into the temporary folder. `TSUBO_NO_INSTALL=1` forbids fetching. Undefined where none can be had.
 */
export function findBuf(): string | undefined {
  const named = process.env.TSUBO_BUF
  if (named !== undefined && named !== '') return named
  if (runs('buf')) return 'buf'
  const folder = join(tmpdir(), `tsubo-${release.replace(/\W+/g, '-')}`)
  const path = join(folder, 'node_modules', '.bin', 'buf')
  if (existsSync(path) && runs(path)) return path
  if (process.env.TSUBO_NO_INSTALL === '1') return undefined
  mkdirSync(folder, { recursive: true })
  const options = [
    '--prefix',
    folder,
    '--no-save',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel',
    'error',
  ]
  spawnSync('npm', ['install', ...options, release], { timeout: 120_000, stdio: 'ignore' })
  return existsSync(path) && runs(path) ? path : undefined
}

function runs(command: string): boolean {
  return spawnSync(command, ['--version'], { timeout: 20_000 }).status === 0
}
