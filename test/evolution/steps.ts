import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ContractError, formatDiagnostic } from '../../generator/diagnostics.js'
import { type Project, readProject } from '../../generator/project.js'
import { type Row, rows } from './table.js'

const head = `import type { decimal, fixed32, float, int32, int53, int64, sfixed32, sint32, uint32, uint64 } from 'tsubo/types'\n`
/** The package and folder of a row. */
export const packageOf = (index: number): string => `row${index + 1}`

/** The files of a row at a step; rows with fewer steps have made theirs before. */
function filesOf(row: Row, index: number, step: number): Record<string, string> {
  const state = row.states[Math.min(step, row.states.length - 1)] as Row['states'][number]
  const texts = typeof state === 'string' ? { q: state } : state
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const declared = /\bexport\b/.test(text) ? text : `export interface Q { ${text} }`
      const service =
        name !== 'q' || /interface (S|Solo)\b/.test(text) ? '' : '\nexport interface S { echo(q: Q): Promise<Q> }'
      const comment = declared.includes('@package') ? '' : `/** @package ${packageOf(index)} */\n`
      const [first = '', rest = ''] = declared.includes('@package')
        ? [declared.slice(0, declared.indexOf('*/') + 2), declared.slice(declared.indexOf('*/') + 2)]
        : ['', declared]
      return [
        `${packageOf(index)}/${name}.d.ts`,
        `${comment}${first}\n${head}${rest}${service}\n`.replaceAll('#', packageOf(index)),
      ]
    }),
  )
}

/**
 * All rows together, each in a package of its own, go through all their steps in the folder `idl`: the projects before the
 * first edit and behind the last one. `first` is called while the folder holds the older contracts.
 */
export function evolve(idl: string, first: (older: Project) => void = () => {}): { older: Project; newer: Project } {
  const last = Math.max(...rows.map((row) => row.states.length)) - 1
  const projects: Project[] = []
  for (let step = 0; step <= last; step++) {
    for (const index of rows.keys()) rmSync(join(idl, packageOf(index)), { recursive: true, force: true })
    for (const [index, row] of rows.entries()) {
      for (const [file, text] of Object.entries(filesOf(row, index, step))) {
        mkdirSync(dirname(join(idl, file)), { recursive: true })
        writeFileSync(join(idl, file), text)
      }
    }
    const project = read(idl)
    if (step === 0) first(project)
    writeFileSync(join(idl, 'tsubo.lock.json'), project.lockText)
    projects.push(project)
  }
  return { older: projects[0] as Project, newer: projects[last] as Project }
}

/** Rows are contracts that codegen takes; where one isn't, its diagnostics say so. */
function read(idl: string) {
  try {
    return readProject(idl)
  } catch (error) {
    if (!(error instanceof ContractError)) throw error
    throw new Error(
      error.diagnostics
        .map((d) =>
          formatDiagnostic(
            d,
            (file) => file,
            () => undefined,
          ),
        )
        .join('\n'),
    )
  }
}
