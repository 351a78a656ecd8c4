export interface A { call(): Promise<void> }
