import { z } from 'zod'
import type { Page } from './api.js'

/** Which part of a list is asked for. */
export const pageForm = z.object({
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})

export type Part = z.infer<typeof pageForm>

export function pageOf<T>(all: readonly T[], { offset, limit }: Part, revision: number): Page<T> {
  return { items: all.slice(offset, offset + limit), total: all.length, offset, limit, revision }
}

/** The same, with each item of the part made of what is listed. */
export function pageOfEach<T, R>(all: readonly T[], part: Part, revision: number, make: (each: T) => R): Page<R> {
  const { items, ...rest } = pageOf(all, part, revision)
  return { ...rest, items: items.map(make) }
}
