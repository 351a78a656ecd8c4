/** @package golden.shared */

/** Generic, declared elsewhere. */
export interface Entry<T> {
  key: string
  value: T
}

export type Wrapped<T> = { inner: T }
