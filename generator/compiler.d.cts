export { ts } from 'ts-morph'
/** Why it can't be had. */
export const failure: Error | undefined
