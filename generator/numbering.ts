import type { Tag } from './comment.js'
import type { DiagnosticCode } from './diagnostics.js'
import { maxNumber } from './lock.js'

/**
 * What tags say about numbers: `@field 7`, `@was oldName`, `@reserved 3,5,foo`. Empty where there are none, so that it
 * can be spread into what it belongs to.
 */
export interface Numbering {
  /** `@field`: the number it has to have. */
  readonly pin?: number
  /** `@was`: earlier names, the newest first. */
  readonly was?: string[]
  /** `@reserved`: numbers and names that nothing may have. */
  readonly reserved?: { readonly numbers: number[]; readonly names: string[] }
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
        else if (/^[A-Za-z_]\w*$/.test(part)) names.push(part)
        else {
          const message = `@reserved takes numbers and names, not ${JSON.stringify(part.slice(0, 40))}`
          report(tag, 'bad-tag', message, 'write: @reserved 3, 5, oldName')
          break
        }
      }
    }
  }
  return {
    ...(pin !== undefined && { pin }),
    ...(was.length > 0 && { was }),
    ...(numbers.length + names.length > 0 && { reserved: { numbers, names } }),
  }
}

function numberIn(text: string): number | undefined {
  const number = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
  return number === undefined || number > maxNumber || (number >= 19000 && number <= 19999) ? undefined : number
}
