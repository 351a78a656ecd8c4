import { readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { root } from '../support/child.js'

const templates = readdirSync(`${root}generator/templates`).map((file) => [
  file,
  readFileSync(`${root}generator/templates/${file}`, 'utf8'),
])

const sources = readdirSync(`${root}generator`)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => [file, readFileSync(`${root}generator/${file}`, 'utf8')])

describe('templates lay out the output', () => {
  it.each(templates)('%s is more than a place for ready-made text', (_, text) => {
    expect(text).not.toMatch(/\{\{[{&]/)
    expect(text?.trim()).not.toMatch(/^\{\{[^#>}]*\}\}$/)
  })

  it('the structure of every declaration stands in a template', () => {
    const all = templates.map(([, text]) => text).join('\n')
    for (const word of [
      'export class ',
      'export abstract class ',
      'export interface ',
      'export const ',
      'function ',
      'switch (',
    ]) {
      expect(all).toContain(word)
    }
  })

  it.each(sources)('%s holds no line of output', (_, text = '') => {
    const line =
      /(^|\n)\s*((export|default|abstract|async|static|declare) )*(class|function|interface|switch|constructor)\b[ (]/
    expect(strings(text).filter((s) => line.test(s))).toEqual([])
  })
})

function strings(source: string): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      found.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('x.ts', source, ts.ScriptTarget.Latest))
  return found
}
