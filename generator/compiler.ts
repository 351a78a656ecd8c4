import { failure } from './compiler.cjs'

/** TypeScript's compiler: syntax trees, the checker. Where ts-morph isn't installed, importing this module fails. */
export { ts } from './compiler.cjs'

if (failure) throw failure
