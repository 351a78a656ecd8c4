// Looked up once: on Node the global is a getter, and asking it costs as much as a small call's other steps.
const { performance } = globalThis

/** Milliseconds on the one clock of all deadlines and durations here: monotonic, of this process alone. */
export function now(): number {
  return performance.now()
}
