import { lineDiff as textDiff } from '../../../cli/line-diff.ts'
import type { DiffLine } from '../../api.ts'

/** What changes between two texts; what is far from changes is left out. */
export function lineDiff(before: string, after: string): DiffLine[] {
  return textDiff(before, after).map((line) => ({
    kind: line.startsWith('+ ') ? 'added' : line.startsWith('- ') ? 'removed' : 'same',
    text: line.slice(2),
  }))
}
