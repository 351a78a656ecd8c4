import { resolve } from 'node:path'
import { ContractError } from '../generator/diagnostics.js'
import { createGenerator } from '../generator/generate.js'
import { apply, changesSince } from '../generator/output.js'
import { doneText, shown } from './codegen.js'
import { Folders, fingerprint } from './folders.js'
import { report } from './report.js'

export interface WatchOptions {
  readonly idl: string
  readonly out: string
  readonly proto?: string | undefined
  readonly zod: boolean
  readonly codec?: 'slab' | 'protobufjs'
  readonly keepUnknown?: boolean
  /** Ends it. Default: SIGINT and SIGTERM. */
  readonly signal?: AbortSignal
}

/** Editors save in several steps: what happens within this time is one change. */
const gatherMs = 30
/** File systems that tell nothing (network mounts, full watch tables) are looked at this often. */
const lookMs = 2000

/** Contracts and their locks. */
const isContract = (name: string) => name.endsWith('.d.ts') || name.endsWith('.json')

/**
 * Generates at once, and again after every change of a contract, until it is told to end; returns 0 then. Contracts that
 * are wrong, folders that go away and files that can't be written are reported, and the next change is waited for.
 *
 * One line a round: what was done and how long it took. A change that leaves every text as it was says nothing.
 */
export async function watch({
  idl,
  out,
  proto,
  zod,
  codec = 'slab',
  keepUnknown = false,
  signal,
}: WatchOptions): Promise<number> {
  const generate = createGenerator(idl, { proto: proto !== undefined, zod, codec, keepUnknown })
  let last: ReadonlyMap<string, string> = new Map()
  let seen: string | undefined
  let broken = false

  const round = async (): Promise<void> => {
    const now = fingerprint(resolve(idl), isContract)
    if (now === seen) return
    seen = now
    const began = performance.now()
    const took = () => `${Math.round(performance.now() - began)} ms`
    try {
      const found = changesSince(generate(), idl, out, proto, last)
      apply(found)
      const quiet = found.write.size + found.remove.length + found.contracts.size === 0
      if (!quiet || broken || last.size === 0) {
        process.stdout.write(`${shown(idl)} -> ${shown(out)}: ${doneText(found)} (${took()})\n`)
      }
      last = found.wanted
      broken = false
    } catch (error) {
      broken = true
      if (error instanceof ContractError) {
        await report(error, idl)
        process.stderr.write(`tsubo codegen: ${error.message}; nothing was written (${took()})\n`)
      } else {
        process.stderr.write(`tsubo codegen: ${error instanceof Error ? error.message : String(error)} (${took()})\n`)
      }
    }
  }

  await round()
  process.stdout.write(`watching ${shown(idl)}; Ctrl-C ends it\n`)
  return new Promise((ended) => {
    let gathering: NodeJS.Timeout | undefined
    let running = Promise.resolve()
    const soon = () => {
      gathering ??= setTimeout(() => {
        gathering = undefined
        running = running.then(round)
      }, gatherMs)
    }
    const folders = new Folders(resolve(idl), soon)
    const looking = setInterval(() => {
      folders.follow()
      soon()
    }, lookMs)
    const end = () => {
      clearTimeout(gathering)
      clearInterval(looking)
      folders.close()
      process.off('SIGINT', end)
      process.off('SIGTERM', end)
      signal?.removeEventListener('abort', end)
      void running.then(() => ended(0))
    }
    if (signal) signal.addEventListener('abort', end)
    else process.on('SIGINT', end).on('SIGTERM', end)
  })
}
