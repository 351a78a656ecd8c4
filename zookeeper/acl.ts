import { createHash } from 'node:crypto'
import { code, KeeperError, permission } from './protocol.js'

/** Whom an entry is about, or who a connection is: `world:anyone`, `digest:<user>:<hash>`, `ip:<address>`. */
export interface Id {
  readonly scheme: string
  readonly id: string
}

/** Who may do what: bits of `permission` for one id. */
export interface AclEntry {
  readonly permissions: number
  readonly id: Id
}

export type Acl = readonly AclEntry[]

const anyone: Id = { scheme: 'world', id: 'anyone' }

/** Everybody may do everything; what nearly every node has, so that all of them share this one. */
export const openAcl: Acl = [{ permissions: permission.all, id: anyone }]
export const readOnlyAcl: Acl = [{ permissions: permission.read, id: anyone }]

/** The id that `addauth digest user:password` gives: the user, and the hash of both (DigestAuthenticationProvider). */
export function digestId(credentials: Buffer): Id {
  const text = credentials.toString('utf8')
  const user = text.split(':', 1)[0] ?? ''
  return { scheme: 'digest', id: `${user}:${createHash('sha1').update(text).digest('base64')}` }
}

/**
 * The ACL that is stored for one that was asked for (PrepRequestProcessor.fixupACL): without doubles, `auth` replaced by
 * who the caller has proved to be. Throws KeeperError for an empty one and for ids that nobody can have.
 */
export function storedAcl(wanted: Acl, caller: readonly Id[]): Acl {
  const stored: AclEntry[] = []
  const seen = new Set<string>()
  for (const { permissions, id } of wanted) {
    const key = `${permissions} ${id.scheme} ${id.id}`
    if (seen.has(key)) continue
    seen.add(key)
    if (same(id, anyone)) stored.push({ permissions, id: anyone })
    else if (id.scheme === 'auth') {
      const proved = caller.filter(({ scheme }) => scheme === 'digest')
      if (proved.length === 0) throw invalid(id)
      stored.push(...proved.map((each) => ({ permissions, id: each })))
    } else if (isDigest(id) || (id.scheme === 'ip' && range(id.id))) stored.push({ permissions, id })
    else throw invalid(id)
  }
  if (stored.length === 0) throw new KeeperError(code.invalidAcl, 'an ACL without entries')
  const [first] = stored
  return stored.length === 1 && first?.permissions === permission.all && first.id === anyone ? openAcl : stored
}

/** True if one of the caller's ids has one of these bits. */
export function permits(acl: Acl, permissions: number, caller: readonly Id[]): boolean {
  return acl.some((entry) => (entry.permissions & permissions) !== 0 && caller.some((id) => matches(entry.id, id)))
}

/** What a caller that may not administer a node is shown: users without their hashes. */
export function masked(acl: Acl): Acl {
  return acl.map((entry) =>
    entry.id.scheme === 'digest'
      ? { ...entry, id: { scheme: 'digest', id: `${entry.id.id.split(':', 1)[0]}:x` } }
      : entry,
  )
}

function matches(entry: Id, caller: Id): boolean {
  if (entry === anyone) return true
  if (entry.scheme !== caller.scheme) return false
  if (entry.id === caller.id) return true
  if (entry.scheme !== 'ip') return false
  const [wanted, own] = [range(entry.id), range(caller.id)]
  return wanted !== undefined && own !== undefined && ((wanted.address ^ own.address) & wanted.mask) === 0
}

function same(a: Id, b: Id): boolean {
  return a.scheme === b.scheme && a.id === b.id
}

/** `user:hash`, counted as Java's split does it: what is empty at the end is no part. */
function isDigest({ scheme, id }: Id): boolean {
  return scheme === 'digest' && id.replace(/:+$/, '').split(':').length === 2
}

/** An IPv4 address, with or without the number of its leading bits that count. ZooKeeper reads no others either. */
function range(text: string): { readonly address: number; readonly mask: number } | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text)
  if (!match) return undefined
  const bytes = match.slice(1, 5).map(Number)
  const bits = match[5] === undefined ? 32 : Number(match[5])
  if (bytes.some((byte) => byte > 255) || bits > 32) return undefined
  const address = bytes.reduce((sum, byte) => (sum << 8) | byte, 0)
  return { address, mask: bits === 0 ? 0 : -1 << (32 - bits) }
}

function invalid({ scheme, id }: Id): KeeperError {
  return new KeeperError(code.invalidAcl, `${scheme}:${id} can't be in an ACL`)
}
