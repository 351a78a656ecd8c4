import { existsSync, readFileSync } from 'node:fs'
import { basename, relative, resolve } from 'node:path'
import type { Changes } from '../generator/output.js'
import { parseArgs } from './parse-args.js'
import { reported } from './report.js'

export const summary = 'write clients, skeletons and codecs from the contracts in idl/'

const help = `Usage: tsubo codegen [--idl <folder>] [--out <folder>] [--proto <folder>] [--zod]
                     [--codec protobufjs] [--keep-unknown] [--check | --watch]

Reads every .d.ts of the IDL folder and writes a client, a skeleton, codecs and a schema for each. Field numbers are kept
in <idl>/tsubo.lock.json: commit it with the contracts.

  --idl <folder>   the contracts (default: idl)
  --out <folder>   where the generated code goes (default: generated)
  --proto <folder> also write a .proto for each contract, for programs in other languages: the same bytes
  --codec <name>   slab (default): straight-line code that writes into a connection's buffer and reads in place;
                   protobufjs: on protobufjs's Writer and Reader, slower. The bytes are the same
  --keep-unknown   messages keep the fields of newer contracts and pass them on; otherwise they are passed over
  --zod            also write x.zod.ts: zod schemas that turn untrusted JSON into the generated types
  --check          write nothing; exit with 1 where a file is not as codegen would write it, and say which lock entries
                   would change
  --watch          go on running: generate again whenever a contract changes, and only what changed
  --help           this text
`

/** Runs codegen. Exit codes: 0 done, 1 a contract is wrong or (with --check) a file is stale, 2 wrong usage. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      idl: { type: 'string', default: 'idl' },
      out: { type: 'string', default: 'generated' },
      proto: { type: 'string' },
      zod: { type: 'boolean', default: false },
      codec: { type: 'string', default: 'slab' },
      'keep-unknown': { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const { idl, out, proto, zod, codec, check, 'keep-unknown': keepUnknown } = values
  if (codec !== 'slab' && codec !== 'protobufjs') {
    throw new Error(`--codec: slab or protobufjs, not ${JSON.stringify(codec)}`)
  }
  if (values.watch) {
    if (check) throw new Error('--watch writes, --check does not: pass one of the two')
    const { watch } = await import('./watch.js')
    return watch({ idl, out, proto, zod, codec, keepUnknown })
  }
  // ts-morph's compiler comes with these: not loaded for --help, and missing where codegen was never meant to run.
  const [{ generate }, { apply, changes }] = await Promise.all([
    import('../generator/generate.js'),
    import('../generator/output.js'),
  ])
  return reported('codegen', idl, async () => {
    const found = changes(generate(idl, { proto: proto !== undefined, zod, codec, keepUnknown }), idl, out, proto)
    if (check) return reportStale(found)
    apply(found)
    process.stdout.write(`${shown(idl)} -> ${shown(out)}: ${doneText(found)}\n`)
    return 0
  })
}

/** What a run did: `4 written, 3 unchanged`. */
export function doneText({ write, remove, unchanged, contracts }: Changes): string {
  const parts = [
    `${write.size} written`,
    ...(remove.length > 0 ? [`${remove.length} removed`] : []),
    `${unchanged} unchanged`,
    ...(contracts.size > 0 ? [`owner named in ${contracts.size} contract${contracts.size === 1 ? '' : 's'}`] : []),
  ]
  return parts.join(', ')
}

async function reportStale({ write, remove, contracts }: Changes): Promise<number> {
  const paths = [...write.keys(), ...remove, ...contracts.keys()]
  if (paths.length === 0) {
    process.stdout.write('everything is up to date\n')
    return 0
  }
  const [{ lockChanges }, { lockFile, parseLock }] = await Promise.all([
    import('../generator/lock-changes.js'),
    import('../generator/lock-text.js'),
  ])
  for (const path of paths) {
    process.stderr.write(`${shown(path)} is stale\n`)
    const text = basename(path) === lockFile ? write.get(path) : undefined
    if (text === undefined) continue
    const old = existsSync(path) ? parseLock(readFileSync(path, 'utf8')) : new Map()
    for (const line of lockChanges(old, parseLock(text))) process.stderr.write(`  ${line}\n`)
  }
  process.stderr.write('tsubo codegen --check: run codegen and commit what it writes\n')
  return 1
}

/** A path as the reader can open it. */
export function shown(path: string): string {
  return relative(process.cwd(), resolve(path)).replaceAll('\\', '/') || '.'
}
