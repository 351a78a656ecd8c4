/**
 * extends, intersections and TypeScript's utility types.
 * @package golden.inheritance
 */
import type { int32 } from 'tsubo/types'

export interface Inheritance {
  all(value: All): Promise<All>
  patch(id: int32, change: Partial<Person>): Promise<Person>
  find(by: Pick<Person, 'name' | 'email'>): Promise<Omit<Person, 'password'> | undefined>
  /** @throws {NotFound} */
  remove(person: Employee): Promise<void>
}

export interface Named {
  /** What people call it. */
  readonly name: string
}

export interface Aged {
  age: int32
}

export interface Person extends Named, Aged {
  email?: string
  password: string
  address: { street: string; zip?: string }
}

/** Comes after its base, narrows one of its properties and adds one. */
export interface Employee extends Person {
  email: string
  boss?: Employee
}

export interface Tagged extends Pick<Person, 'name'>, Partial<Aged> {
  tags: string[]
}

export type Both = Named & Aged & { extra: boolean }

export type PersonPatch = Partial<Omit<Person, 'password'>>

export type Frozen = Readonly<Person>

export type Complete = Required<Person>

export type Counts = Record<'open' | 'closed', int32>

export interface All {
  person: Person
  employee: Employee
  tagged: Tagged
  both: Both
  patch: PersonPatch
  frozen: Frozen
  complete: Complete
  counts: Counts
  some: Partial<Record<'a' | 'b', string>>
  age: Person['age']
  email: Person['email']
  address: Person['address']
  inline: Aged & { note: string }
}

export interface Failure extends Error {
  attempts: int32
}

export interface NotFound extends Failure {
  what: string
}
