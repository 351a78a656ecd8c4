/** What can be ended in good order: a running server, a client, a registry, a pool of your own. */
export interface Closable {
  close(): Promise<unknown>
}

export interface SignalOptions {
  /** Default SIGTERM (what containers, systemd and Kubernetes send) and SIGINT (Ctrl-C). */
  readonly signals?: readonly NodeJS.Signals[]
  /** Hears of the signal before anything is closed. */
  readonly onSignal?: (signal: NodeJS.Signals) => void
}

/**
 * Closes these one after the other at the first signal, then ends the process with exit code 0, or 1 where one of them
 * could not be closed. A second signal ends it at once. Give them in the order in which they must go: the server, then the
 * clients its handlers call through, then the registry.
 *
 *     const stop = closeOnSignals([running, client, registry])
 *
 * Returns how to take it back.
 */
export function closeOnSignals(closables: readonly (Closable | undefined)[], options: SignalOptions = {}): () => void {
  const { signals = ['SIGTERM', 'SIGINT'], onSignal } = options
  let ending = false
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    // By the signal itself, as if nobody had listened: whoever waits for us sees what it was.
    if (ending) {
      stop()
      process.kill(process.pid, signal)
      return
    }
    ending = true
    let code = 0
    try {
      onSignal?.(signal)
    } catch (error) {
      console.error('onSignal threw', error)
    }
    for (const closable of closables) {
      try {
        await closable?.close()
      } catch (error) {
        console.error('closing failed:', error)
        code = 1
      }
    }
    process.exit(code)
  }
  const stop = (): void => {
    for (const signal of signals) process.off(signal, end)
  }
  for (const signal of signals) process.on(signal, end)
  return stop
}
