import { relative, resolve } from 'node:path'
import type { Breaking, BreakingKind } from '../generator/breaking.js'
import type { Level } from '../runtime/schema/compare.js'
import { parseArgs } from './parse-args.js'
import { report, reported } from './report.js'

export const summary = 'list what changed contracts break, against a git ref or a folder'

const help = `Usage: tsubo breaking --against <git ref | folder> [--idl <folder>] [--level wire|json|source] [--json]

Compares the contracts as they are with how they were, numbers included, and lists every change that breaks something.

  --against <ref>   what to compare with: a git ref (HEAD~1, main, v1.2) or a folder with older contracts and their lock
  --idl <folder>    the contracts (default: idl)
  --level <level>   wire     old and new peers misread each other's bytes
                    json     that, and JSON of one is refused or misread by the other
                    source   that, and code that compiled may not compile any more (default)
  --json            print an array of changes instead of text
  --help            this text

Exit codes: 0 nothing breaks, 1 something does, 2 wrong usage or nothing to compare with.
`

const levels: readonly Level[] = ['wire', 'json', 'source']

/** Compares contracts with an earlier state of them. Exit codes: 0 nothing breaks, 1 something does, 2 wrong usage. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      against: { type: 'string' },
      idl: { type: 'string', default: 'idl' },
      level: { type: 'string', default: 'source' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const { against, idl, json } = values
  const level = levels.find((known) => known === values.level)
  if (against === undefined || against === '') return usage('--against is missing: --against main')
  if (!level) return usage(`there is no level ${JSON.stringify(values.level)}: wire, json or source`)
  const [{ breaking }, { readProject }, { openRevision, RevisionError }, { ContractError }] = await Promise.all([
    import('../generator/breaking.js'),
    import('../generator/project.js'),
    import('../generator/revision.js'),
    import('../generator/diagnostics.js'),
  ])
  return reported('breaking', idl, async () => {
    const newer = readProject(idl)
    try {
      const revision = openRevision(against, idl)
      try {
        const changes = breaking(readProject(revision.folder), newer, level)
        process.stdout.write(json ? asJson(changes, idl, revision.name) : asText(changes, idl, revision.name, level))
        return changes.length > 0 ? 1 : 0
      } catch (error) {
        if (!(error instanceof ContractError)) throw error
        await report(error, revision.folder)
        return usage(`the contracts at ${revision.name} can't be read by this version: ${error.message}`)
      } finally {
        revision.close()
      }
    } catch (error) {
      if (error instanceof RevisionError) return usage(error.message)
      throw error
    }
  })
}

function usage(problem: string): number {
  process.stderr.write(`tsubo breaking: ${problem}\n`)
  return 2
}

function asJson(changes: readonly Breaking[], idl: string, ref: string): string {
  const plain = changes.map(({ at, of, ...change }) => ({
    ...change,
    file: shown(idl, at.file),
    line: at.line,
    column: at.column,
    ...(of === 'older' && { at: ref }),
  }))
  return `${JSON.stringify(plain, null, 2)}\n`
}

const titles: Readonly<Record<Level, string>> = {
  wire: "WIRE: peers misread each other's bytes",
  json: 'JSON: bytes are fine, but JSON of one is refused or misread by the other',
  source: 'SOURCE: whatever runs goes on, but code may not compile against it any more',
}

function asText(changes: readonly Breaking[], idl: string, ref: string, level: Level): string {
  if (changes.length === 0) return `nothing breaks against ${ref}${level === 'source' ? '' : ` at level ${level}`}\n`
  const groups = levels.flatMap((of) => {
    const found = changes.filter((change) => change.level === of)
    return found.length === 0 ? [] : [`${titles[of]}\n\n${found.map((c) => paragraph(c, idl, ref)).join('\n')}`]
  })
  const counts = levels.map((of) => [of, changes.filter((change) => change.level === of).length] as const)
  const summed = counts.filter(([, n]) => n > 0).map(([of, n]) => `${n} ${of}`)
  const what = changes.length === 1 ? 'breaking change' : 'breaking changes'
  return `${groups.join('\n')}\n${changes.length} ${what} against ${ref}: ${summed.join(', ')}\n`
}

/**
 * ```
 * idl/ticket.d.ts:41:3 field-type com.miao.server.Offer.seatsLeft
 *   it was int32 and is int53
 *   fails: new clients calling old servers
 *   instead: add a property of the new type, and let the old one go later
 * ```
 */
function paragraph(change: Breaking, idl: string, ref: string): string {
  const { at, kind, path, message, of, calls, level } = change
  const place = `${shown(idl, at.file)}:${at.line}:${at.column}`
  const fails = calls.map((c) =>
    c === 'old-calls-new' ? 'old clients calling new servers' : 'new clients calling old servers',
  )
  const also = [
    ...(level === 'wire' && change.json.length > 0 ? ['JSON'] : []),
    ...(level !== 'source' && change.source ? ['source'] : []),
  ]
  const lines = [
    `${place}${of === 'older' ? ` (at ${ref})` : ''} ${kind} ${path}`,
    `  ${message}`,
    ...(fails.length > 0 ? [`  fails: ${fails.join(', ')}`] : []),
    ...(also.length > 0 ? [`  also breaks ${also.join(' and ')}`] : []),
    ...(hints[kind] ? [`  instead: ${hints[kind]}`] : []),
  ]
  return `${lines.join('\n')}\n`
}

/** What does no harm and leads to the same end. */
const hints: Partial<Record<BreakingKind, string>> = {
  'service-renamed': 'offer the service under both names until no old client is left',
  'service-removed': 'keep it, @deprecated, until nobody calls it; if it was renamed, write @was <old name> above it',
  'method-removed': 'keep it, @deprecated, until nobody calls it',
  'method-kind': 'declare a new method',
  'method-oneway': 'declare a new method',
  'method-body': 'declare a new method, or add an optional property to the message',
  'result-type': 'declare a new method, or add an optional property to the message it returns',
  'parameter-order': 'put what is optional into a message that is a parameter',
  'field-added': 'add it as optional',
  'field-removed': 'make it optional and @deprecated first; if it was renamed, write @was <old name> above the new one',
  'field-renamed': 'keep the name until nobody reads it as JSON',
  'field-number': 'take the number from the older tsubo.lock.json',
  'field-type': 'add a property of the new type, and let the old one go later',
  'field-presence': 'keep it as it was, or add a property under another name',
  'field-constraint': 'let every peer have the looser one before any value needs it',
  'member-added': 'let every reader know it before any writer sends it',
  'member-removed': 'stop sending it first, remove it when no old writer is left',
  'member-number': 'take the number from the older tsubo.lock.json',
  'number-reused': 'give it a new number',
  'declaration-removed': 'if it was renamed, write @was <old name> above the new one',
}

function shown(idl: string, file: string): string {
  return relative(process.cwd(), resolve(idl, file)).replaceAll('\\', '/')
}
