/** @package golden.constraints */
export interface Address {
  /** @maxLength 40 */
  street: string
  /** @pattern ^`\$\{i\}</script> */
  hostile: string
}
