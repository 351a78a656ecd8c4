import { useEffect, useRef, useState } from 'preact/hooks'
import { type Topic, turns } from './live.ts'
import { get, RequestError } from './request.ts'

/** What was asked for: the last answer, and what went wrong since. */
export interface Loaded<T> {
  readonly data: T | undefined
  readonly error: RequestError | undefined
  /** Another answer is awaited for something else than what is shown. */
  readonly busy: boolean
  /** Asks again. */
  readonly again: () => void
}

interface State<T> {
  readonly path: string | undefined
  readonly data: T | undefined
  readonly error: RequestError | undefined
}

/**
 * Asks for a path, and again whenever one of the topics changes; never twice at the same time. An answer stays until the next
 * one is there, also where that is for another path of the same `about`: paging through a list doesn't flicker.
 */
export function useLoad<T>(path: string | undefined, topics: readonly Topic[] = [], about = path): Loaded<T> {
  const [state, setState] = useState<State<T> & { about: string | undefined }>({
    path: undefined,
    data: undefined,
    error: undefined,
    about: undefined,
  })
  const [asked, ask] = useState(0)
  const running = useRef<{ path: string; abort: AbortController; again: boolean } | undefined>(undefined)
  const turn = topics.reduce((sum, topic) => sum + turns[topic].value, asked)

  useEffect(() => {
    if (path === undefined) return
    if (running.current?.path === path) {
      running.current.again = true
      return
    }
    running.current?.abort.abort()
    const run = (): void => {
      const abort = new AbortController()
      const mine = { path, abort, again: false }
      running.current = mine
      get<T>(path, abort.signal)
        .then(
          (data) => setState({ path, data, error: undefined, about }),
          (error: unknown) => {
            if (abort.signal.aborted) return
            const known =
              error instanceof RequestError ? error : new RequestError(0, { code: 'internal', message: String(error) })
            // What was there stays, unless the server says that there is nothing any more.
            setState((last) => ({
              path,
              data: last.about === about && known.code !== 'not_found' ? last.data : undefined,
              error: known,
              about,
            }))
          },
        )
        .finally(() => {
          if (running.current !== mine) return
          running.current = undefined
          if (mine.again) run()
        })
    }
    run()
  }, [path, turn])

  useEffect(() => () => running.current?.abort.abort(), [])

  const same = state.about === about
  return {
    data: same ? state.data : undefined,
    error: same ? state.error : undefined,
    busy: path !== undefined && state.path !== path,
    again: () => ask((n) => n + 1),
  }
}
