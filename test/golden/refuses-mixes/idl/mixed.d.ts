export interface Mixed {
  id: string
  name: string
  call(): Promise<string>
}

export interface Failing extends Error {
  retry(): Promise<void>
}

export interface Members {
  [key: string]: string
  (): void
  new (): Members
}

export interface Accessors {
  get value(): string
  callback: () => void
  optional?(): Promise<void>
}
