import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './child.js'

/** A project that has installed the package as it is published: compiled code only, no tsx, no export condition of ours. */
export interface Installed {
  /** The project's folder. */
  readonly app: string
  /** The package in it. */
  readonly tsubo: string
  remove(): void
}

/** Builds, packs and installs this repository's package into a new project, with what else is installed here beside it. Takes half a minute. */
export function installPackage(): Installed {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tsubo-package-')))
  const source = join(folder, 'source')
  const app = join(folder, 'app')
  const tsubo = join(app, 'node_modules', 'tsubo')
  // Packed from a copy, so that no dist/ appears in the checkout.
  const left = ['node_modules', '.git', 'dist', 'coverage']
  cpSync(root, source, { recursive: true, filter: (from) => !left.includes(from.slice(root.length)) })
  symlinkSync(`${root}node_modules`, join(source, 'node_modules'))
  const packing = execFileSync('npm', ['pack', '--silent', '--json'], { cwd: source, encoding: 'utf8' })
  const [packed] = JSON.parse(packing) as [{ filename: string }]
  mkdirSync(tsubo, { recursive: true })
  execFileSync('tar', ['-xzf', join(source, packed.filename), '-C', tsubo, '--strip-components=1'])
  for (const name of readdirSync(`${root}node_modules`)) {
    if (!name.startsWith('.')) symlinkSync(`${root}node_modules/${name}`, join(app, 'node_modules', name))
  }
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }))
  return { app, tsubo, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
