import type { Tag } from './comment.js'
import type { DiagnosticCode } from './diagnostics.js'
import { maxNumber } from './lock-numbers.js'

/**
 * What tags say about numbers. Absent ones are there as undefined, so that whatever it is spread into has them of its own.
 */
export interface Numbering {
  /** `@field`: the number it has to have. */
  readonly pin: number | undefined
  /** `@was`: earlier names, the newest first. */
  readonly was: string[] | undefined
  /** `@reserved`: numbers and names that nothing may have. */
  readonly reserved: { readonly numbers: number[]; readonly names: string[] } | undefined
}

/** The tags it is about; those that a place doesn't allow are refused with all others. */
export const numberTags = ['field', 'was', 'reserved'] as const

/** Reads the tags of one comment. What is wrong with them is reported, and left out. */
export function readNumbering(
  tags: readonly Tag[],
  report: (tag: Tag, code: DiagnosticCode, message: string, fix: string) => void,
): Numbering {
  const was: string[] = []
  const numbers: number[] = []
  const names: string[] = []
  let pin: number | undefined
  for (const tag of tags) {
    if (tag.name === 'field') {
      const number = numberIn(tag.text)
      if (number === undefined) {
        report(
          tag,
          'bad-tag',
          `@field needs a number from 1 to ${maxNumber}, without 19000 to 19999`,
          'write: @field 7',
        )
      } else if (pin !== undefined) report(tag, 'bad-tag', 'a member has one number', 'remove one @field')
      else pin = number
    } else if (tag.name === 'was') {
      const found = tag.text.split(/[\s,]+/).filter((name) => name !== '')
      const good = found.filter((name) => /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(name))
      if (good.length === 0 || good.length < found.length) {
        report(tag, 'bad-tag', '@was needs the name it had before', 'write: @was oldName')
      } else was.push(...good)
    } else if (tag.name === 'reserved') {
      for (const part of tag.text.split(/[\s,]+/)) {
        const number = numberIn(part)
        if (number !== undefined) numbers.push(number)
        else if (part !== 'to' && /^[A-Za-z_]\w*$/.test(part)) names.push(part)
        else {
          const message = `@reserved takes numbers and names, not ${JSON.stringify(part.slice(0, 40))}`
          report(tag, 'bad-tag', message, 'write: @reserved 3, 5, oldName')
          break
        }
      }
    }
  }
  return {
    pin,
    was: was.length > 0 ? was : undefined,
    reserved: numbers.length + names.length > 0 ? { numbers, names } : undefined,
  }
}

function numberIn(text: string): number | undefined {
  const number = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
  return number === undefined || number > maxNumber || (number >= 19000 && number <= 19999) ? undefined : number
}
