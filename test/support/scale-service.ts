import type { MethodSchema, ServiceSchema } from '../../runtime/schema/schema.js'
import { echoSchema } from './echo.js'

/** One of many services that are alike: a method `echo`, text in, text out. */
export function scaleSchema(name: string): ServiceSchema {
  return { ...echoSchema, name, methods: [echoSchema.methods[0] as MethodSchema] }
}
