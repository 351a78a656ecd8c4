import { readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

/**
 * Runs a command that reads contracts. What is wrong with them is written to stderr with its frames, and the result is 1;
 * any other error is thrown on, as one sentence for `main`.
 */
export async function reported(command: string, idl: string, work: () => Promise<number>): Promise<number> {
  const { ContractError } = await import('../generator/diagnostics.js')
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ContractError)) throw error
    await report(error, idl)
    process.stderr.write(`tsubo ${command}: ${error.message}; nothing was written\n`)
    return 1
  }
}

/** Writes diagnostics to stderr, with paths that the reader can open. */
export async function report(
  error: InstanceType<typeof import('../generator/diagnostics.js').ContractError>,
  idl: string,
): Promise<void> {
  const { formatDiagnostic } = await import('../generator/diagnostics.js')
  const pathOf = (file: string) => relative(process.cwd(), resolve(idl, file)).replaceAll('\\', '/')
  for (const diagnostic of error.diagnostics) {
    process.stderr.write(`${formatDiagnostic(diagnostic, pathOf, (file) => textOf(join(idl, file)))}\n\n`)
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
