/** What a container and whoever watches over it tell each other. */
export type FromChild = { readonly kind: 'loaded'; readonly port: number } | { readonly kind: 'ready' }
export type FromParent = { readonly kind: 'open' }

/** Set for a process that `--watch` has started. */
export const childVariable = 'TSUBO_SERVE_CHILD'

/** Whoever watches over this process; undefined where nobody does. */
export const parent = process.env[childVariable] && process.send ? watcher() : undefined

function watcher() {
  // Without its watcher nobody would ever end it.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  // The channel alone is no reason to live on, but for the one message that is waited for.
  process.channel?.unref()
  return {
    /** Its modules are there. Resolves when it may take the place of the one before. */
    loaded(port: number): Promise<void> {
      process.send?.({ kind: 'loaded', port } satisfies FromChild)
      process.channel?.ref()
      return new Promise((resolve) => {
        process.once('message', () => {
          process.channel?.unref()
          resolve()
        })
      })
    },
    ready(): void {
      process.send?.({ kind: 'ready' } satisfies FromChild)
    },
  }
}
