/** @package golden.names.other */
export interface Stub {
  a: string
}
