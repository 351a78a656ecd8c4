interface HiddenService {
  call(): Promise<string>
}

declare enum Hidden {
  A = 'a',
}

export interface Shown {
  call(): Promise<void>
}
