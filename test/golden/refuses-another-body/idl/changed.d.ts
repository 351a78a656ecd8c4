export interface Changed {
  search(filter: Filter, limit: number): Promise<void>
}
export interface Filter {
  a: string
}
export enum Code {
  New = 3,
}
