import { join } from 'node:path'
import { z } from 'zod'
import type { Role } from './api.js'
import { readText, writeText } from './data-folder.js'
import { checkNewPassword, hashPassword, verifyPassword } from './password.js'
import { Problem } from './problem.js'

export const roles = ['viewer', 'operator', 'admin'] as const satisfies readonly Role[]

export const accountName = z.string().regex(/^[\w.@-]{1,64}$/, { error: 'is 1 to 64 of A-Z a-z 0-9 . _ @ -' })

const account = z.strictObject({
  name: accountName,
  role: z.enum(roles),
  hash: z.string().max(512),
  /** Its password is the one that everybody knows. */
  defaultPassword: z.boolean(),
  changedAt: z.string(),
  lastLoginAt: z.string().optional(),
})
const file = z.strictObject({ accounts: z.array(account).max(1000) })

/** Somebody who may log in. */
export type Account = Readonly<z.infer<typeof account>>

/** Who may log in where nobody of that name is kept: an admin. Kept only once its password was changed in the console. */
export interface FirstAccount {
  /** Default `root`. */
  readonly name: string
  /** Default `root`, as in the tutorial. */
  readonly password: string
}

/** Dubbo-admin's well-known login. */
export const wellKnown: FirstAccount = { name: 'root', password: 'root' }

/** Who may log in: kept in `users.json`, passwords as scrypt hashes. */
export interface Accounts {
  /** By name. */
  list(): readonly Account[]
  get(name: string): Account | undefined
  /** Somebody may log in with a password that everybody knows. */
  readonly defaultPassword: boolean
  /** Undefined for a wrong name or password; both take as long. */
  login(name: string, password: string): Promise<Account | undefined>
  /** Does this account have this password? */
  verify(name: string, password: string): Promise<boolean>
  /** Everything below rejects with a Problem where it isn't to be. */
  create(name: string, password: string, role: Role): Promise<Account>
  change(
    name: string,
    change: { readonly password?: string | undefined; readonly role?: Role | undefined },
  ): Promise<Account>
  remove(name: string): Promise<void>
}

/** Reads who is kept in `folder`; `first` may log in where there is nobody of that name. Throws an Error for a file that is none of ours. */
export async function openAccounts(folder: string, first: FirstAccount = wellKnown): Promise<Accounts> {
  const path = join(folder, 'users.json')
  const accounts = new Map<string, Account>()
  const text = await readText(path)
  if (text !== undefined) {
    const read = file.safeParse(jsonOf(text))
    if (!read.success) throw new Error(`${path} is no list of users of ours; look at it, and move it away`)
    for (const each of read.data.accounts) accounts.set(each.name, each)
  }
  let unchanged: string | undefined
  if (!accounts.has(first.name)) {
    const name = accountName.safeParse(first.name)
    if (!name.success || first.password === '') {
      throw new Error(
        `the first user's name ${name.success ? 'needs a password' : 'is 1 to 64 of A-Z a-z 0-9 . _ @ -'}`,
      )
    }
    const defaultPassword = first.password === wellKnown.password
    const hash = await hashPassword(first.password)
    unchanged = hash
    accounts.set(first.name, {
      name: first.name,
      role: 'admin',
      hash,
      defaultPassword,
      changedAt: new Date().toISOString(),
    })
  }
  /** Somebody who isn't there is compared with that, so that it takes as long. */
  const nobody = await hashPassword(crypto.randomUUID())

  let writing: Promise<unknown> = Promise.resolve()
  /** One change after the other: checked, written, and then in force. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = writing.then(work)
    writing = turn.catch(() => {})
    return turn
  }
  const keep = async (changed: ReadonlyMap<string, Account>): Promise<void> => {
    // Who is only in the settings goes by the settings the next time, too.
    const kept = [...changed.values()].filter(({ hash }) => hash !== unchanged)
    await writeText(path, `${JSON.stringify({ accounts: kept }, undefined, 2)}\n`)
    accounts.clear()
    for (const [name, each] of changed) accounts.set(name, each)
  }
  const existing = (name: string): Account => {
    const found = accounts.get(name)
    if (!found) throw new Problem('not_found', `there is no user ${name}`)
    return found
  }
  const checkAdmins = (changed: ReadonlyMap<string, Account>): void => {
    if (![...changed.values()].some(({ role }) => role === 'admin')) {
      throw new Problem('conflict', 'the last admin has to stay one')
    }
  }

  return {
    list: () => [...accounts.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    get: (name) => accounts.get(name),
    get defaultPassword() {
      return [...accounts.values()].some((each) => each.defaultPassword)
    },
    async login(name, password) {
      const found = accounts.get(name)
      const right = await verifyPassword(password, found?.hash ?? nobody)
      if (!found || !right || accounts.get(name)?.hash !== found.hash) return undefined
      return inTurn(async () => {
        const now = existing(name)
        const changed = new Map(accounts).set(name, { ...now, lastLoginAt: new Date().toISOString() })
        await keep(changed)
        return existing(name)
      })
    },
    verify: (name, password) => verifyPassword(password, accounts.get(name)?.hash ?? nobody),
    async create(name, password, role) {
      checkNewPassword(password, name, 'password')
      const hash = await hashPassword(password)
      return inTurn(async () => {
        if (accounts.has(name)) throw new Problem('conflict', `there is a user ${name} already`, { field: 'name' })
        if (accounts.size >= 1000) throw new Problem('conflict', 'there are 1,000 users already')
        const changedAt = new Date().toISOString()
        await keep(new Map(accounts).set(name, { name, role, hash, defaultPassword: false, changedAt }))
        return existing(name)
      })
    },
    async change(name, { password, role }) {
      existing(name)
      if (password !== undefined) checkNewPassword(password, name, 'password')
      const hash = password === undefined ? undefined : await hashPassword(password)
      return inTurn(async () => {
        const before = existing(name)
        if (before.hash === unchanged && !hash) {
          throw new Problem(
            'conflict',
            `${name} is the user of the settings: it is an admin until it has another password`,
          )
        }
        const after: Account = {
          ...before,
          ...(role && { role }),
          ...(hash && { hash, defaultPassword: false }),
          changedAt: new Date().toISOString(),
        }
        const changed = new Map(accounts).set(name, after)
        checkAdmins(changed)
        await keep(changed)
        return after
      })
    },
    remove: (name) =>
      inTurn(async () => {
        if (name === first.name)
          throw new Problem('conflict', `${name} is the user of the settings: it would come back`)
        existing(name)
        const changed = new Map(accounts)
        changed.delete(name)
        checkAdmins(changed)
        await keep(changed)
      }),
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
