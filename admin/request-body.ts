import type { Context } from 'hono'
import type { z } from 'zod'
import { Problem } from './problem.js'

/** A request's body, checked. Throws a Problem that names the field. */
export async function bodyOf<T extends z.ZodType>(c: Context, form: T): Promise<z.infer<T>> {
  let value: unknown
  try {
    value = JSON.parse(await c.req.text())
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem('invalid', 'the body is no JSON')
  }
  return checked(form, value)
}

/** A request's parameters behind the `?`, checked. Of one that is there twice the first counts. */
export function queryOf<T extends z.ZodType>(c: Context, form: T): z.infer<T> {
  return checked(form, c.req.query())
}

function checked<T extends z.ZodType>(form: T, value: unknown): z.infer<T> {
  const read = form.safeParse(value)
  if (read.success) return read.data
  const [issue] = read.error.issues
  if (issue?.code === 'unrecognized_keys') {
    throw new Problem('invalid', `there is no ${JSON.stringify(issue.keys[0]?.slice(0, 80))} to be given`)
  }
  const field = issue?.path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i > 0 ? '.' : ''}${String(step).slice(0, 80)}`))
    .join('')
  const message = (issue?.message ?? 'is wrong').slice(0, 300)
  throw new Problem('invalid', field ? `${field}: ${message}` : message, field ? { field } : {})
}
