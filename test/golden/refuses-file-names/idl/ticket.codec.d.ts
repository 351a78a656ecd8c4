export interface C { call(): Promise<void> }
