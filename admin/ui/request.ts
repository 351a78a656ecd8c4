import { signal } from '@preact/signals'
import type { ApiError, Session } from '../api.ts'

/** Who is logged in: undefined while that isn't known yet, `none` where nobody is. */
export const session = signal<Session | 'none' | undefined>(undefined)

/** An answer of 400 and above, or none at all (`unreachable`). */
export class RequestError extends Error {
  readonly status: number
  readonly code: ApiError['error']['code'] | 'unreachable'
  readonly field: string | undefined
  readonly line: number | undefined
  readonly revision: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(
    status: number,
    error: Partial<Omit<ApiError['error'], 'code'>> & { code: RequestError['code'] },
    after = 0,
  ) {
    super(error.message ?? error.code)
    this.status = status
    this.code = error.code
    this.field = error.field
    this.line = error.line
    this.revision = error.revision
    this.retryAfterSeconds = after || undefined
  }
}

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return request('GET', path, undefined, signal)
}

export function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return request('POST', path, body, signal)
}

export function put<T>(path: string, body: unknown): Promise<T> {
  return request('PUT', path, body)
}

export function patch<T>(path: string, body: unknown): Promise<T> {
  return request('PATCH', path, body)
}

export function remove<T>(path: string): Promise<T> {
  return request('DELETE', path, {})
}

/** The address of a part of the API; every part is encoded. Parameters without a value are left out. */
export function api(
  path: readonly string[],
  query: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const text = new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString()
  return `/api/${path.map(encodeURIComponent).join('/')}${text && `?${text}`}`
}

/** Lines of JSON, each as it comes. */
export async function* postForLines<T>(path: string, body: unknown, signal: AbortSignal): AsyncGenerator<T> {
  const response = await send('POST', path, body, signal)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    const lines = (rest + part.value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim()) yield JSON.parse(line) as T
  }
  if (rest.trim()) yield JSON.parse(rest) as T
}

async function request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await send(method, path, body, signal)
  return (response.status === 204 ? undefined : await response.json()) as T
}

async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(path, {
    method,
    credentials: 'same-origin',
    headers: { Accept: 'application/json', ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new RequestError(0, { code: 'unreachable' })
  })
  if (response.ok) return response
  const told = (await response.json().catch(() => undefined)) as Partial<ApiError> | undefined
  const error = told?.error ?? { code: 'internal' as const, message: `${response.status} ${response.statusText}` }
  // A wrong password is no end of a session.
  if (response.status === 401 && path !== '/api/login' && path !== '/api/password') session.value = 'none'
  throw new RequestError(response.status, error, Number(response.headers.get('Retry-After') ?? 0))
}
