export interface Shop {
  cameBack(text: string): Promise<void>
}
