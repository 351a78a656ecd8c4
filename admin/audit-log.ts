import { type FileHandle, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { AuditAction, AuditEntry } from './api.js'
import { readText } from './data-folder.js'
import { Problem } from './problem.js'

const entry = z.object({
  id: z.number(),
  at: z.string(),
  user: z.string(),
  host: z.string(),
  action: z.string() as unknown as z.ZodType<AuditAction>,
  target: z.string(),
  before: z.string().optional(),
  after: z.string().optional(),
  outcome: z.string(),
})

/** What is looked at in the console: the latest, in so many characters. The files hold more. */
const maxShown = 4 << 20
/** A file that is longer makes way for another; the last one is kept. */
const maxFileBytes = 32 << 20
/** Rules have at most 64 KiB. */
const maxText = 70_000

export type NewAuditEntry = Omit<AuditEntry, 'id' | 'at'>

/**
 * Who did what, with what was there before and after: a line of JSON each in `audit.jsonl`, the file before it in
 * `audit.1.jsonl`.
 */
export interface AuditLog {
  /** Rejects with a Problem where nothing can be written: then nothing is to be changed. */
  check(): Promise<void>
  /** Resolves when it is in the file; rejects with a Problem where it can't be. */
  record(entry: NewAuditEntry): Promise<void>
  /** Newest first. */
  entries(): readonly AuditEntry[]
  close(): Promise<void>
}

export async function openAuditLog(folder: string): Promise<AuditLog> {
  const path = join(folder, 'audit.jsonl')
  const older = join(folder, 'audit.1.jsonl')
  /** Newest last. */
  let shown: AuditEntry[] = []
  let shownSize = 0
  let broken: Error | undefined
  const show = (each: AuditEntry): void => {
    shown.push(each)
    shownSize += sizeOf(each)
    let passed = 0
    while (shownSize > maxShown && passed < shown.length - 1) shownSize -= sizeOf(shown[passed++] as AuditEntry)
    if (passed > 0) shown = shown.slice(passed)
  }
  const texts = [await readText(older), await readText(path)]
  for (const line of texts.flatMap((text) => text?.split('\n') ?? [])) {
    const read = entry.safeParse(jsonOf(line))
    if (read.success) show(read.data as AuditEntry)
  }
  const text = texts[1] ?? ''
  let size = Buffer.byteLength(text)
  let file: FileHandle = await open(path, 'a', 0o600)
  // The last line of a process that was killed may lack its end.
  if (text !== '' && !text.endsWith('\n')) await file.appendFile('\n')
  let id = shown.at(-1)?.id ?? 0
  let writing: Promise<unknown> = Promise.resolve()

  const write = async (each: AuditEntry): Promise<void> => {
    const line = `${JSON.stringify(each)}\n`
    try {
      if (size > maxFileBytes) {
        await file.close()
        await rename(path, older)
        file = await open(path, 'a', 0o600)
        size = 0
      }
      await file.appendFile(line)
      size += Buffer.byteLength(line)
      broken = undefined
    } catch (error) {
      broken = error as Error
      throw unwritable(broken)
    }
  }

  return {
    async check() {
      if (!broken) return
      try {
        await file.appendFile('\n')
        broken = undefined
      } catch (error) {
        throw unwritable(error as Error)
      }
    },
    record(news) {
      const each: AuditEntry = {
        id: ++id,
        at: new Date().toISOString(),
        ...news,
        target: news.target.slice(0, 1000),
        ...(news.before !== undefined && { before: news.before.slice(0, maxText) }),
        ...(news.after !== undefined && { after: news.after.slice(0, maxText) }),
        outcome: news.outcome.slice(0, 1000),
      }
      show(each)
      const turn = writing.then(() => write(each))
      writing = turn.catch(() => {})
      return turn
    },
    entries: () => shown.toReversed(),
    async close() {
      await writing
      await file.close()
    },
  }
}

function unwritable(error: Error): Problem {
  return new Problem('unavailable', `the audit log can't be written (${error.message}), so nothing is changed`)
}

function sizeOf({ target, before, after, outcome }: AuditEntry): number {
  return 200 + target.length + (before?.length ?? 0) + (after?.length ?? 0) + outcome.length
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
