import type { LoadedConfig } from './load-config.js'

/** A configuration as text: a line a setting with where it comes from; secrets hidden. */
export function printConfig({ settings, origins, folder }: LoadedConfig): string {
  const lines = [...flat(settings, [])].map(([path, value]): [string, string] => {
    const origin = originOf(origins, path)
    return [`${path} = ${shown(path, value)}`, origin]
  })
  const width = Math.min(60, Math.max(...lines.map(([line]) => line.length)))
  return `${lines.map(([line, origin]) => `${line.padEnd(width)}  # ${origin}\n`).join('')}\nscan starts from ${folder}\n`
}

function* flat(value: unknown, path: readonly string[]): Generator<[string, unknown]> {
  const plain = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!plain || path[0] === 'server' || path[0] === 'client') {
    const empty = plain && Object.keys(value).length === 0
    if (value !== undefined && !empty) yield [path.join('.'), value]
    return
  }
  for (const [key, inner] of Object.entries(value)) yield* flat(inner, [...path, key])
}

function originOf(origins: ReadonlyMap<string, string>, path: string): string {
  return origins.get(path) ?? 'default'
}

function shown(path: string, value: unknown): string {
  const name = path.split('.').at(-1)
  if (name === 'password' || (name === 'token' && typeof value === 'string')) return '"***"'
  if (path === 'server' || path === 'client') return `{ ${Object.keys(value as object).join(', ')} }`
  return JSON.stringify(value).replace(/\/\/[^"]*@/g, '//***@')
}
