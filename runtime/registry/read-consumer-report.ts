import type { AppliedRule } from './rule-source.js'

/** What a consumer shows of itself. */
export interface ReadReport {
  /** Those that it goes by, by key. */
  readonly rules: Readonly<Record<string, AppliedRule>>
  /** Contracts of providers that it can't use, by their hash, and why. */
  readonly incompatible: Readonly<Record<string, string>>
}

/** What a consumer shows is longer: it is none of ours. */
const maxBytes = 65_536
const nothing: ReadReport = { rules: {}, incompatible: {} }

/** Reads what consumers write into their nodes, which is foreign input; Java's show nothing, or their address. */
export async function reportReader(): Promise<(data: Uint8Array | undefined) => ReadReport> {
  // Loaded where it is needed: a provider or consumer reads no reports, and zod takes 3 MB.
  const { z } = await import('zod')
  const report = z.object({
    rules: z
      .record(
        z.string(),
        z.object({
          revision: z.string().max(64).optional(),
          refused: z.object({ revision: z.string().max(64), reason: z.string().max(1000) }).optional(),
        }),
      )
      .catch({}),
    incompatible: z.record(z.string().regex(/^[0-9a-f]{16}$/), z.string().max(1000)).catch({}),
  })
  return (data) => {
    if (!data || data.length > maxBytes || data[0] !== 0x7b) return nothing
    try {
      return report.parse(JSON.parse(Buffer.from(data).toString())) as ReadReport
    } catch {
      return nothing
    }
  }
}
