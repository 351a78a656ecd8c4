import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from '../support/zookeeper/installation.js'

/** What to type where none was found. */
export const chromiumAdvice =
  'install one (Debian: apt-get install --no-install-recommends chromium fonts-noto-cjk) or name its file in TSUBO_CHROMIUM'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/**
 * A Chromium to start: TSUBO_CHROMIUM, or on the PATH; else, as root on Debian and after one line that says so, the
 * distribution's, with a font for Chinese (`TSUBO_NO_INSTALL=1` forbids it). Undefined where there is none.
 */
export async function findChromium(say: (line: string) => void): Promise<string | undefined> {
  const found = process.env.TSUBO_CHROMIUM ?? onPath()
  if (found || process.env.TSUBO_NO_INSTALL || process.getuid?.() !== 0) return found
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  if (!/^ID(_LIKE)?=.*debian/m.test(release)) return undefined
  const packages = ['chromium', 'fonts-noto-cjk']
  const install = ['install', '--yes', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', ...packages]
  say(`Chromium: none found, running as root: apt-get ${install.join(' ')} (TSUBO_NO_INSTALL=1 forbids it)`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update', '-qq'], 120_000, { env })
  await run('apt-get', install, 300_000, { env })
  return onPath()
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((file) => existsSync(file))
}
