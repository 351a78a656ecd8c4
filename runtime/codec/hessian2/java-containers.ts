import { componentOf, type JavaType } from '../../schema/java-type.js'
import { TypeName } from './writer.js'

/** What an interface of Java's is made as. */
const implementations: Readonly<Record<string, string>> = {
  'java.util.Deque': 'java.util.LinkedList',
  'java.util.Map': 'java.util.HashMap',
  'java.util.NavigableMap': 'java.util.TreeMap',
  'java.util.NavigableSet': 'java.util.TreeSet',
  'java.util.Queue': 'java.util.LinkedList',
  'java.util.Set': 'java.util.HashSet',
  'java.util.SortedMap': 'java.util.TreeMap',
  'java.util.SortedSet': 'java.util.TreeSet',
  'java.util.concurrent.ConcurrentMap': 'java.util.concurrent.ConcurrentHashMap',
}

/** Hessian writes these without a name: whoever reads them makes an ArrayList, or a HashMap. */
const nameless = new Set([
  'java.lang.Iterable',
  'java.lang.Object',
  'java.util.ArrayList',
  'java.util.Collection',
  'java.util.HashMap',
  'java.util.List',
  'java.util.Map',
])

/** In the names of arrays. */
const short: Readonly<Record<string, string>> = {
  'java.lang.Object': 'object',
  'java.lang.String': 'string',
  'java.util.Date': 'date',
}

/** The name that a list, set or map is written with, for Java to make this type of it; undefined: none. */
export function containerName(java: JavaType): TypeName | undefined {
  if (java.dimensions > 0) return new TypeName('['.repeat(java.dimensions) + (short[java.name] ?? java.name))
  return nameless.has(java.name) ? undefined : new TypeName(implementations[java.name] ?? java.name)
}

/** What Java calls the items of a list, set or array; undefined where the type doesn't say. */
export function itemOf(java: JavaType | undefined): JavaType | undefined {
  return java && (java.dimensions > 0 ? componentOf(java) : java.args[0])
}
