/** The same few texts stand in thousands of registered URLs: so many of them are kept once. */
const maxKept = 10_000
const maxLength = 256
/** V8 makes pieces of a text from this length on as views of it, which hold all of it. */
const leastView = 13

const kept = new Map<string, string>()

/** An equal text that holds no longer one, and is one object with others like it where there are many. */
export function sharedText(text: string): string {
  if (text.length > maxLength) return text
  const known = kept.get(text)
  if (known !== undefined) return known
  const own = text.length < leastView ? text : Buffer.from(text).toString()
  if (kept.size < maxKept) kept.set(own, own)
  return own
}
