/** How long to wait before try number `failures` + 1: 100 ms, doubling, at most 5 s, of which a random half is taken off. */
export function backoffMs(failures: number, firstMs = 100, mostMs = 5000): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 20))
  return ceiling * (0.5 + Math.random() / 2)
}
