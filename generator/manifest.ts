import { ownerPattern } from './lock-text.js'

/** The file that makes a folder one of contracts that came from elsewhere (`contract-folder.ts`). */
export const manifestFile = 'tsubo.contract.json'

/** What `tsubo.contract.json` says. */
export interface Manifest {
  readonly contractVersion: 1
  readonly owner: string
  /** What to give to `contract add` to bring it in again. */
  readonly from: string
  /** The services that were asked for. */
  readonly services: readonly string[]
  /** SHA-256 of every file's text, by path relative to this one. */
  readonly files: Readonly<Record<string, string>>
  /** The npm package that this folder is part of, and that brings the generated code. */
  readonly package?: string
  /** Codec functions that aren't called `write<Name>` and `read<Name>`, by full name: of packages only. */
  readonly functions?: Readonly<Record<string, readonly [write: string, read: string]>>
}

/** Reads a manifest. Undefined where the text is anything but what tsubo writes. */
export function parseManifest(text: string): Manifest | undefined {
  const found = json(text)
  if (!isRecord(found)) return undefined
  const sound = Object.keys(found).every(
    (key) => Object.hasOwn(checks, key) && checks[key as keyof Manifest](found[key]),
  )
  const complete = ['contractVersion', 'owner', 'from', 'services', 'files'].every((key) => Object.hasOwn(found, key))
  return sound && complete ? (found as unknown as Manifest) : undefined
}

const checks: Readonly<Record<keyof Manifest, (value: unknown) => boolean>> = {
  contractVersion: (value) => value === 1,
  owner: (value) => isText(value) && ownerPattern.test(value),
  from: (value) => isText(value) && value.length <= 4096,
  services: (value) => Array.isArray(value) && value.every(isText),
  files: (value) =>
    isRecord(value) && Object.values(value).every((hash) => isText(hash) && /^[0-9a-f]{64}$/.test(hash)),
  package: isText,
  functions: (value) =>
    isRecord(value) &&
    Object.values(value).every((names) => Array.isArray(names) && names.length === 2 && names.every(isText)),
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
