/** TypeScript's compiler: the only file that loads it. */
export { Project, ts } from 'ts-morph'
