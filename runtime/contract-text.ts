/**
 * A contract as it was written, with its numbers: generated into `x.contract.ts`, loaded only when somebody asks a
 * provider for it, and enough to generate code from somewhere else.
 */
export interface ContractText {
  /** Its file, by path relative to its owner's folder of contracts: `shared/money.d.ts`. */
  readonly file: string
  /** Who gives out its numbers; '' for a file that declares nothing. */
  readonly owner: string
  /** The lines of the file. */
  readonly text: readonly string[]
  /** The lines of a lock that holds the numbers of what this file declares. */
  readonly lock: readonly string[]
  /** The contracts it imports. A function: two contracts may need each other. */
  readonly imports: () => readonly ContractText[]
}

/** Loads the contract of a skeleton. */
export type LoadContract = () => Promise<{ readonly contract: ContractText }>
