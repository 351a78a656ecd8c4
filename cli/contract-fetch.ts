import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Registry } from 'tsubo'
import type { BroughtIn } from '../generator/bring-in.js'
import { providedIn, targetOf } from './provided.js'

/** What may come over the wire, far beyond any contract. */
const maxFiles = 1000
const maxTextLength = 8 * 1024 * 1024

interface Wanted {
  /** A registry's address. */
  readonly address: string
  readonly service: string
  readonly idl: string
  readonly as?: string | undefined
}

interface Fetched {
  /** Full name. */
  readonly service: string
  /** Of the contract that the provider goes by. */
  readonly hash: string
  readonly owner: string
  readonly files: ReadonlyMap<string, { readonly text: string; readonly lock: string; readonly owner: string }>
}

/**
 * The contract of a service as a running provider tells it, ready to be written. What was brought in of the same owner before
 * is fetched along. It is a stranger's: paths stay below the folder, contract and numbers have to fit each other exactly, and
 * both have to be what the provider itself goes by.
 */
export async function fetchContract({ address, service, idl, as }: Wanted): Promise<BroughtIn> {
  const [{ openRegistry }, { bringIn, broughtBefore }] = await Promise.all([
    import('tsubo'),
    import('../generator/bring-in.js'),
  ])
  const registry = openRegistry(address)
  const folder = mkdtempSync(join(tmpdir(), 'tsubo-contract-'))
  try {
    const first = await ask(registry, service)
    const others = broughtBefore(idl, first.owner, as).filter((name) => name !== first.service)
    const all = [first]
    for (const name of others) all.push(await ask(registry, name))
    await lay(folder, all)
    await prove(folder, all)
    return bringIn({ from: folder, service: first.service, idl, as, origin: registry.name })
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await registry.close()
  }
}

async function ask(registry: Registry, service: string): Promise<Fetched> {
  const [{ besideProviders, fetchSchema }, { MetadataServiceClient }] = await Promise.all([
    import('../runtime/dynamic-client.js'),
    import('../runtime/services/metadata.js'),
  ])
  const { key, method } = targetOf(service, await providedIn(registry, 5000), {})
  if (method !== '') throw new Error(`there is no service ${service} in ${registry.name}; did you mean ${key.name}?`)
  const { hash } = await fetchSchema(registry, key, { application: 'tsubo' })
  const client = besideProviders(registry, key, { application: 'tsubo' })
  try {
    const { name, group = '', version = '' } = key
    const told = await new MetadataServiceClient(client, { timeoutMs: 5000 }).contract({ name, group, version })
    const owner = told[0]?.owner
    if (!owner) throw new Error(`the provider of ${name} tells a contract without an owner`)
    const length = told.reduce((sum, { text, lock }) => sum + text.length + lock.length, 0)
    if (told.length > maxFiles || length > maxTextLength) throw new Error(`the contract of ${name} is too large`)
    return { service: name, hash, owner, files: new Map(told.map(({ path, ...file }) => [path, file])) }
  } finally {
    await client.close(0)
  }
}

/** Writes the files, and one lock made of theirs. */
async function lay(folder: string, all: readonly Fetched[]): Promise<void> {
  const [{ formatLock, lockFile, parseLock }] = await Promise.all([import('../generator/lock-text.js')])
  const owner = (all[0] as Fetched).owner
  const texts = new Map<string, string>()
  const lock: [string, ReturnType<typeof parseLock> extends ReadonlyMap<string, infer Entry> ? Entry : never][] = []
  for (const { service, files } of all) {
    for (const [path, file] of files) {
      if (!/^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*\.d\.ts$/.test(path) || path.length > 500) {
        throw new Error(`the provider of ${service} names a file ${JSON.stringify(path.slice(0, 100))}`)
      }
      if (file.owner !== '' && file.owner !== owner) {
        throw new Error(
          `${service} needs ${path}, whose numbers ${file.owner} gives out; bring that in from its owner first`,
        )
      }
      const known = texts.get(path)
      if (known !== undefined && known !== file.text) {
        throw new Error(`providers have ${path} of different days: wait until all of ${owner} run the newest`)
      }
      texts.set(path, file.text)
      lock.push(...parseLock(file.lock))
    }
  }
  for (const [path, text] of texts) {
    const at = join(folder, path)
    mkdirSync(dirname(at), { recursive: true })
    writeFileSync(at, text)
  }
  writeFileSync(join(folder, lockFile), formatLock(new Map(lock), owner))
}

/** Generated from these texts, a client has to have the very contract that the provider goes by. */
async function prove(folder: string, all: readonly Fetched[]): Promise<void> {
  const [{ readProject }, { serviceSchema }] = await Promise.all([
    import('../generator/project.js'),
    import('../generator/schema.js'),
  ])
  const { model, lock, files } = readProject(folder)
  const declared = files.flatMap((file) => file.declarations)
  for (const { service, hash } of all) {
    const found = declared.find((declaration) => declaration.fullName === service)
    if (found?.kind !== 'service') throw new Error(`what the provider of ${service} tells doesn't declare it`)
    if (serviceSchema(model, lock, found).hash !== hash) {
      throw new Error(`the contract that the provider of ${service} tells is not the one it goes by`)
    }
  }
}
