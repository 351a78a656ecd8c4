import { globMatches } from '../cluster/address-pattern.js'
import type { TextMatch } from './forms.js'

/** Dubbo's StringMatch: `exact`, `prefix`, `wildcard` with `*`, `empty` or `noempty` whatever their value. */
export function textMatches(match: TextMatch, text: string | undefined): boolean {
  if (match.empty !== undefined) return text === undefined || text === ''
  if (text === undefined || text === '') return false
  if (match.noempty !== undefined) return true
  if (match.exact !== undefined) return text === match.exact
  if (match.prefix !== undefined) return text.startsWith(match.prefix)
  return globMatches(match.wildcard ?? '', text)
}
