export interface Fine {
  call(value: Strng): Promise<string>
}
