/** Longer texts in the middle are shown as one removal and one addition. */
const mostCells = 4_000_000
/** So many lines that stayed are shown around a change. */
const around = 2

/** What changes between two texts, line by line: `  ` stayed, `- ` went, `+ ` came; what is far from changes is left out. */
export function lineDiff(before: string, after: string): string[] {
  const all = allLines(before, after)
  const near = all.map((_line, i) => all.slice(Math.max(0, i - around), i + around + 1).some((each) => each[0] !== ' '))
  return all.flatMap((line, i) => (near[i] ? [line] : near[i - 1] ? ['  ...'] : []))
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** The same with every line of both. */
export function allLines(before: string, after: string): string[] {
  return compared(linesOf(before), linesOf(after))
}

function compared(before: readonly string[], after: readonly string[]): string[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  const most = Math.min(before.length, after.length) - start
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  const stayed = (line: string) => `  ${line}`
  return [
    ...before.slice(0, start).map(stayed),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(stayed),
  ]
}

/** By the longest common subsequence. */
function middle(before: readonly string[], after: readonly string[]): string[] {
  const [rows, columns] = [before.length, after.length]
  const all = [...before.map((line) => `- ${line}`), ...after.map((line) => `+ ${line}`)]
  if (rows * columns > mostCells) return all
  const width = columns + 1
  const common = new Uint32Array((rows + 1) * width)
  const at = (i: number, j: number): number => common[i * width + j] ?? 0
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      common[i * width + j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < rows || j < columns) {
    if (i < rows && j < columns && before[i] === after[j]) {
      lines.push(`  ${before[i]}`)
      i++
      j++
    } else if (i < rows && (j === columns || at(i + 1, j) >= at(i, j + 1))) lines.push(`- ${before[i++]}`)
    else lines.push(`+ ${after[j++]}`)
  }
  return lines
}
