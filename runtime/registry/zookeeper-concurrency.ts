/** Does something with every item, at most `limit` at a time; what fails is the item's own affair. */
export async function eachLimited<T>(
  items: readonly T[],
  limit: number,
  each: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      try {
        await each(items[next++] as T)
      } catch {
        // Told where it happened.
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
}
