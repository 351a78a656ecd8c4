export interface Money {
  amount: string
}
