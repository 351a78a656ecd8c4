export interface Promise {
  a: string
}

export interface Map {
  a: string
}

export interface readonly {
  a: string
}

export interface await {
  a: string
}
