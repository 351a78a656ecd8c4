import { type ParseArgsConfig, parseArgs } from 'node:util'

/** `parseArgs` for a command of the bench: what it doesn't take is told in a line, above `usage`, and ends the process with 2. */
export function optionsOf<T extends ParseArgsConfig>(usage: string, config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (!code?.startsWith('ERR_PARSE_ARGS_')) throw error
    // Behind its first sentence Node explains `--`, which no command here has a use for.
    return wrong(message.split('. ')[0] as string, usage)
  }
}

/** An option's number, of at least `least`; else as above. */
export function numberFrom(least: number, option: string, text: string, usage: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value >= least) return value
  return wrong(`${option}: ${JSON.stringify(text)} is no number from ${least}`, usage)
}

/** Ends the process: it was asked for something that there isn't. */
export function wrong(message: string, usage: string): never {
  console.error(`bench: ${message}\n\n${usage}`)
  process.exit(2)
}
