import type { Provider } from '../registry/registry.js'

/**
 * A provider's weight while it warms up: it grows with the time since its start, from 1 to what it published, as Dubbo's
 * AbstractLoadBalance has it (with Java's single precision). `timestamp` is Unix time in milliseconds.
 */
export function warmUpWeight(weight: number, timestamp: number, warmUpMs: number, now: number): number {
  if (weight <= 0 || timestamp <= 0) return Math.max(0, weight)
  const uptimeMs = now - timestamp
  if (uptimeMs < 0) return 1
  if (uptimeMs === 0 || uptimeMs >= warmUpMs) return weight
  const warmed = Math.trunc(Math.fround(uptimeMs / Math.fround(Math.fround(warmUpMs) / weight)))
  return Math.min(weight, Math.max(1, warmed))
}

/** When it was started and how long it warms up, by its `timestamp` and `warmup`; undefined where it doesn't warm up. */
export function warmUpOf({ params }: Provider): { readonly timestamp: number; readonly warmUpMs: number } | undefined {
  const timestamp = Number(params.get('timestamp'))
  const warmUpMs = Number(params.get('warmup'))
  return timestamp > 0 && warmUpMs > 0 && warmUpMs <= 86_400_000 ? { timestamp, warmUpMs } : undefined
}
