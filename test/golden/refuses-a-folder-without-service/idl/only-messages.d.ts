/** Only a message. */
export interface Money {
  amount: string
}
