import { readFileSync } from 'node:fs'
import { parseProperties } from '../container/properties.js'
import { UsageError } from './provided.js'

/** What the console goes by, from wherever it was told. */
export interface AdminSettings {
  readonly registry: string | undefined
  readonly port: number | undefined
  readonly host: string | undefined
  readonly name: string | undefined
  readonly password: string | undefined
}

/** Dubbo-admin's names, in `application.properties`; as variables the way Spring has them, `ADMIN_REGISTRY_ADDRESS`. */
const keys = {
  registry: 'admin.registry.address',
  group: 'admin.registry.group',
  port: 'server.port',
  host: 'server.address',
  name: 'admin.root.user.name',
  password: 'admin.root.user.password',
} as const

/**
 * Reads settings that stand in variables, and behind them in dubbo-admin's `application.properties`; what else is in there is somebody
 * else's. Throws UsageError.
 */
export function adminSettings(file: string | undefined, env: NodeJS.ProcessEnv): AdminSettings {
  const told = new Map<string, string>()
  if (file !== undefined) for (const { key, value } of parseProperties(textOf(file))) told.set(key, value)
  const setting = (name: keyof typeof keys): string | undefined => {
    const key = keys[name]
    return env[key.toUpperCase().replaceAll('.', '_')] || told.get(key) || undefined
  }
  const registry = setting('registry')
  const group = setting('group')
  const port = setting('port')
  const blank = told.get(keys.name) === '' || told.get(keys.password) === ''
  if (blank) throw new UsageError(`${file}: ${keys.name} and ${keys.password} must not be empty`)
  return {
    registry:
      registry !== undefined && group !== undefined && !/[?&]group=/.test(registry)
        ? `${registry}${registry.includes('?') ? '&' : '?'}group=${group}`
        : registry,
    port: port === undefined ? undefined : portOf(port, keys.port),
    host: setting('host'),
    name: setting('name'),
    password: setting('password'),
  }
}

/** Throws UsageError. */
export function portOf(text: string, name: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new UsageError(`${name} ${text}: a port is a number from 0 to 65535`)
  }
  return port
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as { code?: string }
    throw new UsageError(code === 'ENOENT' ? `there is no file ${file}` : `${file}: ${(error as Error).message}`)
  }
}
