import type { ServiceSchema } from './schema.js'

type Tagged = Pick<ServiceSchema, 'tags'>

/** What a service, method or declaration is called in Java: as `@java` says, else by its own full name. */
export function javaName(name: string, { tags }: Tagged): string {
  return isForJava({ tags }) ? (tags.java as string) : name
}

/** Does the contract say that Java knows it (`@java`)? Services that do are registered for Dubbo's own wire. */
export function isForJava({ tags }: Tagged): boolean {
  return Object.hasOwn(tags, 'java')
}
