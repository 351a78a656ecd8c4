import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { Problem } from './problem.js'

/** Costs 32 MiB and about 100 ms. What is kept says its own parameters, so that they can grow. */
const cost = { N: 2 ** 15, r: 8, p: 1 }
const keyBytes = 32
const minLength = 8
const maxLength = 256
/** So many are reckoned at once; more than may wait behind them are refused, for each takes 32 MiB. */
const atOnce = 2
const maxWaiting = 16

let running = 0
const waiting: (() => void)[] = []

/** `scrypt$15$8$1$<salt>$<key>`, salt and key in base64url. Rejects with a Problem while too many are being reckoned. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, cost)
  return ['scrypt', Math.log2(cost.N), cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/** Is it the one? Takes as long whether it is or not. Rejects as `hashPassword` does. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [kind, logN, r, p, salt, key] = hash.split('$')
  if (kind !== 'scrypt' || salt === undefined || key === undefined)
    throw new Error('a password is kept in another form')
  const expected = Buffer.from(key, 'base64url')
  const options = { N: 2 ** Number(logN), r: Number(r), p: Number(p) }
  const derived = await derive(password, Buffer.from(salt, 'base64url'), options)
  return expected.length === derived.length && timingSafeEqual(expected, derived)
}

/** Throws a Problem where a new password won't do. */
export function checkNewPassword(password: string, name: string, field: string): void {
  const refuse = (why: string): never => {
    throw new Problem('invalid', `the password ${why}`, { field })
  }
  if (password.length < minLength) refuse(`has to have at least ${minLength} characters`)
  if (password.length > maxLength) refuse(`may have at most ${maxLength} characters`)
  if (password === name) refuse('must not be the name')
}

async function derive(password: string, salt: Buffer, options: typeof cost) {
  if (running >= atOnce) {
    if (waiting.length >= maxWaiting) {
      throw new Problem('too_many', 'too many logins at once; try again', { retryAfterMs: 1000 })
    }
    await new Promise<void>((go) => waiting.push(go))
  } else running++
  try {
    return await new Promise<Buffer>((done, fail) => {
      const maxmem = 256 * options.N * options.r
      scrypt(password.normalize('NFKC'), salt, keyBytes, { ...options, maxmem }, (error, key) =>
        error ? fail(error) : done(key),
      )
    })
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}
