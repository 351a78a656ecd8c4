/**
 * Buffers that frames are written into, over and over: memory that was never touched costs its first use three times
 * what the copy into it does. Sizes are powers of two, so that one fits the next frame of about the same length.
 */
export const slabBytes = 64 * 1024

/** Up to here they are kept, together; what comes back beyond it is left to the garbage collector. */
const keptBytesLimit = 16 * 1024 * 1024
const largest = 16 * 1024 * 1024

/** By the exponent of their size. */
const kept: Buffer[][] = []
let keptBytes = 0

/** A buffer with room for so many bytes, and at least `slabBytes`, with anything in it. */
export function takeSlab(bytes: number = slabBytes): Buffer {
  if (bytes > largest) return Buffer.allocUnsafeSlow(bytes)
  const exponent = bytes <= slabBytes ? 16 : 32 - Math.clz32(bytes - 1)
  const slab = kept[exponent]?.pop()
  if (!slab) return Buffer.allocUnsafeSlow(1 << exponent)
  keptBytes -= slab.length
  return slab
}

/** Gives one back that nobody reads or writes any more. */
export function giveSlab(slab: Buffer): void {
  const exponent = 31 - Math.clz32(slab.length)
  if (slab.length !== 1 << exponent || exponent < 16 || keptBytes + slab.length > keptBytesLimit) return
  keptBytes += slab.length
  kept[exponent] ??= []
  kept[exponent].push(slab)
}
