/** What every peer carries, and how every reply is checked. Sizes are those of the protobuf encoding. */

export interface Item {
  id: number
  name: string
  tags: string[]
  price: number
  createdAt: number
}

export interface Page {
  item: Item
  items: Item[]
}

/** Sixty-four different items of 66 bytes, sent in turn. */
export const items: readonly Item[] = Array.from({ length: 64 }, (_, i) => ({
  id: 100_000 + i,
  name: `day return no ${10 + i}`,
  tags: ['express', 'window', 'quiet-car'],
  price: 100.25 + i,
  createdAt: 1_763_800_000_000 + i,
}))

/** What a handler answers to `small`: the item, made anew. */
export function rebuilt({ id, name, tags, price, createdAt }: Item): Item {
  return { id, name, tags, price, createdAt }
}

const ten = items.slice(0, 10)

/** What a handler answers to `medium`: the item and ten others, about 760 bytes. */
export function page(item: Item): Page {
  return { item: rebuilt(item), items: ten.map(rebuilt) }
}

/** Item number `n` of a stream. */
export function streamed(n: number): Item {
  const { name, tags, price, createdAt } = items[n & 63] as Item
  return { id: n, name, tags, price, createdAt }
}

export function isSame(reply: Item, asked: Item): boolean {
  return (
    reply.id === asked.id &&
    reply.name === asked.name &&
    reply.tags.length === 3 &&
    reply.price === asked.price &&
    reply.createdAt === asked.createdAt
  )
}

export function isPage(reply: Page, asked: Item): boolean {
  return reply.items.length === 10 && isSame(reply.item, asked) && reply.items[9]?.name === ten[9]?.name
}

export const payloadBytes = 1024 * 1024

/** One MiB in which each page of 4 KiB begins with another byte. */
export const payload: Uint8Array = Buffer.alloc(payloadBytes, 'tsubo')
for (let at = 0; at < payloadBytes; at += 4096) payload[at] = pageMark(at)

function pageMark(at: number): number {
  return ((at >>> 12) * 7 + 1) & 0xff
}

/** Do these bytes stand at `from` of the payload? Looks at the first byte of each page. */
export function isPayload(bytes: Uint8Array, from = 0): boolean {
  for (let at = (4096 - (from & 4095)) & 4095; at < bytes.length; at += 4096) {
    if (bytes[at] !== pageMark((from + at) & (payloadBytes - 1))) return false
  }
  return true
}
