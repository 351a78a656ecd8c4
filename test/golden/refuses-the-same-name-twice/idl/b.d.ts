/** @package golden */
export interface Service {
  call(): Promise<void>
}
