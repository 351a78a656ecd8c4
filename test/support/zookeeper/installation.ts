import { type ExecFileOptions, execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** What can run a private ZooKeeper on this machine. */
export type Installation =
  | { readonly kind: 'java'; readonly java: string; readonly classPath: string }
  | { readonly kind: 'docker'; readonly docker: string }

const debianJar = '/usr/share/java/zookeeper.jar'
const debianPackages = ['libzookeeper-java', 'libslf4j-java']

/** What to type where nothing was found; part of the last line of a run. */
export const installAdvice =
  'install a JRE and ZooKeeper (Debian: apt-get install --no-install-recommends default-jre-headless libzookeeper-java libslf4j-java)'

/** Runs a program to its end; `undefined` where it can't be run, fails or takes longer than `timeoutMs`. */
export function run(
  file: string,
  args: readonly string[],
  timeoutMs: number,
  options: ExecFileOptions = {},
): Promise<string | undefined> {
  return new Promise((done) => {
    execFile(
      file,
      args,
      { ...options, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 1 << 24 },
      (error, stdout) => {
        done(error ? undefined : String(stdout))
      },
    )
  })
}

function onPath(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map((folder) => join(folder, program)).find((file) => existsSync(file))
}

function findJava(): string | undefined {
  const home = process.env.JAVA_HOME
  if (home && existsSync(join(home, 'bin', 'java'))) return join(home, 'bin', 'java')
  return onPath('java')
}

/** The class path of a ZooKeeper that is unpacked or packaged on this machine. */
function findClassPath(): string | undefined {
  const script = onPath('zkServer.sh')
  const homes = [process.env.ZOOKEEPER_HOME, script && dirname(dirname(realpathSync(script)))]
  for (const home of homes) {
    const folder = home && join(home, 'lib')
    if (!folder || !existsSync(folder)) continue
    const jars = readdirSync(folder).filter((file) => file.endsWith('.jar'))
    if (jars.some((jar) => /^zookeeper-\d/.test(jar))) return join(folder, '*')
  }
  // The manifest of Debian's jar names every jar that it needs, except where its log goes.
  return existsSync(debianJar) ? `${debianJar}${delimiter}/usr/share/java/slf4j-simple.jar` : undefined
}

function findJavaInstallation(): Installation | undefined {
  const java = findJava()
  const classPath = findClassPath()
  return java && classPath ? { kind: 'java', java, classPath } : undefined
}

async function findDocker(): Promise<Installation | undefined> {
  const docker = onPath('docker')
  if (!docker) return undefined
  // The client alone is no engine; an unreachable engine may let the question hang.
  const version = await run(docker, ['version', '--format', '{{.Server.Version}}'], 3_000)
  return version?.trim() ? { kind: 'docker', docker } : undefined
}

async function installOnDebian(say: (line: string) => void): Promise<Installation | undefined> {
  if (process.env.TSUBO_NO_INSTALL || process.getuid?.() !== 0 || !onPath('apt-get')) return undefined
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  if (!/^ID(_LIKE)?=.*debian/m.test(release)) return undefined
  const packages = findJava() ? debianPackages : ['default-jre-headless', ...debianPackages]
  const install = ['install', '--yes', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', ...packages]
  say(`real ZooKeeper: none found, running as root: apt-get ${install.join(' ')} (TSUBO_NO_INSTALL=1 forbids it)`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  // Stale lists name packages that are gone; a failed update still leaves what was there before.
  await run('apt-get', ['update', '-qq'], 120_000, { env })
  await run('apt-get', install, 300_000, { env })
  return findJavaInstallation()
}

/**
 * What can run a private ZooKeeper here: `ZOOKEEPER_HOME`, the PATH or Debian's jar with a `java`; Docker; and where
 * `mayInstall` is set, as root on Debian, after announcing it through `say`, an installation.
 */
export async function findInstallation(
  mayInstall: boolean,
  say: (line: string) => void,
): Promise<Installation | undefined> {
  return findJavaInstallation() ?? (await findDocker()) ?? (mayInstall ? await installOnDebian(say) : undefined)
}
