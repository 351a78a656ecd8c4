import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { open, readFile, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the console keeps users and what was done: `$XDG_STATE_HOME/tsubo/admin`, else `~/.local/state/tsubo/admin`. */
export function defaultDataFolder(): string {
  return join(process.env.XDG_STATE_HOME || join(homedir(), '.local/state'), 'tsubo/admin')
}

/** Makes it, for this user alone. Throws an Error that names it where that can't be. */
export function openDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (process.platform !== 'win32' && (statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700)
  } catch (error) {
    throw new Error(
      `${folder} can't be used to keep users and the audit log: ${(error as Error).message}; take another --data`,
    )
  }
}

/** undefined: there is no such file. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Writes a file as a whole or not at all, for this user alone. */
export async function writeText(path: string, text: string): Promise<void> {
  const next = `${path}.${process.pid}.next`
  const file = await open(next, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, path)
}
