import { parseArgs as parse } from 'node:util'
import { nearest } from '../runtime/schema/nearest.js'

/** Node's own, but for what it says of an option that isn't there: which one is meant, or which there are. */
export const parseArgs: typeof parse = (config) => {
  try {
    return parse(config)
  } catch (error) {
    const { code, message } = error as Error & { code?: string }
    const [, typed] = /'(--?[^']+)'/.exec(message) ?? []
    if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION' || typed === undefined) throw error
    const known = Object.keys(config?.options ?? {})
    const meant = nearest(typed.replace(/^-+/, ''), known)
    const hint = meant ? `did you mean --${meant}?` : `there are ${known.map((name) => `--${name}`).join(', ')}`
    throw Object.assign(new Error(`there is no option ${typed}; ${hint}`), { code })
  }
}
