/** A table as text: columns as wide as their widest cell on a terminal, two spaces between, `-` for what is empty. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [heads, ...rows].map((row) => row.map((cell) => printable(cell) || '-'))
  const widths = heads.map((_head, column) => Math.max(...cells.map((row) => displayWidth(row[column] ?? ''))))
  return cells
    .map((row) => {
      const padded = row.map((cell, column) => cell + ' '.repeat((widths[column] as number) - displayWidth(cell)))
      return `${padded.join('  ').trimEnd()}\n`
    })
    .join('')
}

/** Foreign text as one line: no control characters, no turning of the reading direction. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu, '\ufffd')
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Cells of a terminal that a text takes: 2 for East Asian wide and fullwidth characters and for emoji. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of segmenter.segment(text)) width += widthOf(segment)
  return width
}

/** Of one character as a reader sees it, with its accents and joiners. */
function widthOf(segment: string): number {
  if (/^\p{Emoji_Presentation}/u.test(segment) || segment.includes('\ufe0f')) return 2
  if (/^[\p{Mn}\p{Me}\p{Cf}]+$/u.test(segment)) return 0
  return isWide(segment.codePointAt(0) as number) ? 2 : 1
}

/** Unicode's East_Asian_Width W and F (UAX #11), by blocks. */
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f], // Hangul Jamo
  [0x2e80, 0x303e], // CJK radicals, punctuation
  [0x3041, 0xa4cf], // kana, CJK, Yi
  [0xa960, 0xa97f], // Hangul Jamo Extended-A
  [0xac00, 0xd7a3], // Hangul
  [0xf900, 0xfaff], // CJK compatibility
  [0xfe10, 0xfe19], // vertical forms
  [0xfe30, 0xfe6f], // CJK compatibility forms
  [0xff01, 0xff60], // fullwidth
  [0xffe0, 0xffe6], // fullwidth signs
  [0x16fe0, 0x1b2ff], // Tangut, Khitan, kana supplements
  [0x1f200, 0x1f320], // enclosed ideographs
  [0x20000, 0x3fffd], // CJK extensions
]

function isWide(codePoint: number): boolean {
  return wide.some(([first, last]) => codePoint >= first && codePoint <= last)
}
