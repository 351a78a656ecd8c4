import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './zookeeper/installation.js'

/** What to type where none was found. */
export const protocAdvice = 'install protoc (Debian: apt-get install --no-install-recommends protobuf-compiler)'

/**
 * A protoc to run: on the PATH; else, as root on Debian and after one line that says so, the distribution's
 * (`TSUBO_NO_INSTALL=1` forbids it). Undefined where there is none.
 */
export async function findProtoc(say: (line: string) => void): Promise<string | undefined> {
  const found = onPath('protoc')
  if (found || process.env.TSUBO_NO_INSTALL || process.getuid?.() !== 0 || !onPath('apt-get')) return found
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  if (!/^ID(_LIKE)?=.*debian/m.test(release)) return undefined
  const install = ['install', '--yes', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', 'protobuf-compiler']
  say(`protoc: none found, running as root: apt-get ${install.join(' ')} (TSUBO_NO_INSTALL=1 forbids it)`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update', '-qq'], 120_000, { env })
  await run('apt-get', install, 300_000, { env })
  return onPath('protoc')
}

function onPath(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map((folder) => join(folder, program)).find((file) => existsSync(file))
}
