export interface Broken {
  call(: Promise<string>
}
