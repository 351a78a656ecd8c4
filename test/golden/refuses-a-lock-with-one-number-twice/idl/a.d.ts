export interface A {
  pay(money: Money, from?: string, to?: string): Promise<void>
}

export interface Money {
  amount: string
  currency: string
  note: string
}
