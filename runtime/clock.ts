// Looked up once: on Node the global is a getter, and asking it costs as much as a small call's other steps.
const { performance } = globalThis

/** Milliseconds on the one clock of all deadlines and durations here: monotonic, of this process alone. */
export function now(): number {
  return performance.now()
}

/** The longest time that Node's timers can wait, in milliseconds, which is 24 days: asked for more they fire at once. */
export const maxTimerMs = 2 ** 31 - 1

/** Waits for `work`, but no longer than this. */
export async function within(ms: number, work: Promise<unknown> | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, over])
  clearTimeout(timer)
}
