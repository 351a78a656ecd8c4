import { code, KeeperError } from './protocol.js'

/** Characters that no path may have (PathUtils.validatePath): controls, surrogates and private use, specials. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it must refuse
const forbidden = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/

/** Throws KeeperError where this can't be the path of a node. A sequential node may go without a name of its own. */
export function checkPath(path: string, sequential = false): void {
  const whole = sequential ? `${path}1` : path
  if (whole === '/') return
  const [before, ...names] = whole.split('/')
  const wrong =
    before !== '' ||
    names.length === 0 ||
    names.some((name) => name === '' || name === '.' || name === '..') ||
    forbidden.test(whole)
  if (wrong) throw new KeeperError(code.badArguments, `${JSON.stringify(path.slice(0, 200))} is no path`)
}

/** The path above, `''` for the root's children. Throws KeeperError for what has no slash, or a NUL. */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf('/')
  if (slash < 0 || path.includes('\0')) {
    throw new KeeperError(code.badArguments, `${JSON.stringify(path.slice(0, 200))} is no path`)
  }
  return path.slice(0, slash)
}
