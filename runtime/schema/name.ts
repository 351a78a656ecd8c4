/** Names that no contract may use for anything: members that every JavaScript object has. */
export const objectMembers: ReadonlySet<string> = new Set([
  '__proto__',
  '__defineGetter__',
  '__defineSetter__',
  '__lookupGetter__',
  '__lookupSetter__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'toString',
  'valueOf',
])

/** Properties of RpcError that a declared error's own properties would hide. */
export const errorMembers: ReadonlySet<string> = new Set(
  'name message stack cause code retryable retryAfterMs type details metadata'.split(' '),
)

/** How long a name may be, in characters. */
export const maxNameLength = 200

/** Whether a text is a plain identifier: ASCII letters, digits and "_", none at its head. */
export function isIdentifier(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
}
