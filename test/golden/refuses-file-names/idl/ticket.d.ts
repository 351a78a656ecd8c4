export interface B { call(): Promise<void> }
