/** A drawing of who calls whom: callers on the left, the called on the right, in columns. */
export interface Layered {
  readonly width: number
  readonly height: number
  /** Upper left corners, by name. */
  readonly boxes: ReadonlyMap<string, { readonly x: number; readonly y: number }>
  /** In the order of the edges that were given: points a curve goes through. */
  readonly curves: readonly (readonly Point[])[]
}

export interface Point {
  readonly x: number
  readonly y: number
}

export const box = { width: 196, height: 58 } as const
const gap = { x: 150, y: 26 } as const
const margin = 28
/** A column's place that a long edge passes through. */
const passHeight = 10

interface Place {
  readonly name: string | undefined
  readonly layer: number
  readonly before: Place[]
  readonly after: Place[]
  y: number
  order: number
}

/**
 * Sugiyama's way, in four steps: edges that close a circle are turned round, every node stands right of all that call it, each
 * column is ordered so that few edges cross (by the mean of the neighbours' places, a few times in both directions), and
 * places are spread evenly. For 200 nodes and 1,000 edges that takes milliseconds.
 */
export function layered(
  names: readonly string[],
  edges: readonly { readonly from: string; readonly to: string }[],
): Layered {
  const known = new Set(names)
  const proper = edges.filter(({ from, to }) => from !== to && known.has(from) && known.has(to))
  const layers = layersOf(names, proper)
  const columns: Place[][] = []
  const put = (name: string | undefined, layer: number): Place => {
    columns[layer] ??= []
    const column = columns[layer]
    const place: Place = { name, layer, before: [], after: [], y: 0, order: column.length }
    column.push(place)
    return place
  }
  const places = new Map(names.map((name) => [name, put(name, layers.get(name) ?? 0)]))
  const chains = edges.map(({ from, to }) => {
    const [a, b] = [places.get(from), places.get(to)]
    if (!a || !b || a === b) return undefined
    const [left, right] = a.layer < b.layer ? [a, b] : [b, a]
    const chain = [left]
    for (let layer = left.layer + 1; layer < right.layer; layer++) chain.push(put(undefined, layer))
    chain.push(right)
    for (const [i, place] of chain.entries()) {
      const next = chain[i + 1]
      if (!next) continue
      place.after.push(next)
      next.before.push(place)
    }
    return left === a ? chain : chain.reverse()
  })
  order(columns)
  const height = spread(columns)

  const xOf = (layer: number): number => margin + layer * (box.width + gap.x)
  const boxes = new Map([...places].map(([name, { layer, y }]) => [name, { x: xOf(layer), y }]))
  const curves = edges.map(({ from, to }, i): Point[] => {
    const chain = chains[i]
    const self = boxes.get(from)
    if (!chain) {
      if (!self || from !== to) return []
      const { x, y } = self
      return [
        { x: x + box.width * 0.62, y },
        { x: x + box.width * 0.86, y },
      ]
    }
    return chain.flatMap((place, at) => {
      const x = xOf(place.layer)
      // An edge leaves on the side that its next place is at.
      const other = chain[at === 0 ? 1 : at - 1] as Place
      if (place.name === undefined) {
        // Level from one side of a column to the other, so that it passes beside the boxes there.
        const sides = [x, x + box.width].map((side) => ({ x: side, y: place.y + passHeight / 2 }))
        return other.layer < place.layer ? sides : sides.reverse()
      }
      return [{ x: other.layer > place.layer ? x + box.width : x, y: place.y + box.height / 2 }]
    })
  })
  return {
    width: margin * 2 + columns.length * box.width + Math.max(0, columns.length - 1) * gap.x,
    height: height + margin * 2,
    boxes,
    curves,
  }
}

/** The longest way to each node from one that nobody calls; without the edges that lead back. */
function layersOf(
  names: readonly string[],
  edges: readonly { readonly from: string; readonly to: string }[],
): Map<string, number> {
  const out = new Map<string, string[]>(names.map((name) => [name, []]))
  for (const { from, to } of edges) out.get(from)?.push(to)
  const called = new Set(edges.map(({ to }) => to))
  const state = new Map<string, 'open' | 'done'>()
  const finished: string[] = []
  const forward = new Map<string, string[]>()
  // Whom nobody calls first: so the edges that are turned round are those that lead back to them.
  for (const start of [...names.filter((name) => !called.has(name)), ...names]) {
    if (state.has(start)) continue
    const stack = [{ name: start, next: 0 }]
    state.set(start, 'open')
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const target = out.get(top.name)?.[top.next++]
      if (target === undefined) {
        state.set(top.name, 'done')
        finished.push(top.name)
        stack.pop()
      } else if (state.get(target) !== 'open') {
        forward.set(top.name, [...(forward.get(top.name) ?? []), target])
        if (!state.has(target)) {
          state.set(target, 'open')
          stack.push({ name: target, next: 0 })
        }
      }
    }
  }
  const layers = new Map(names.map((name) => [name, 0]))
  for (const name of finished.reverse()) {
    for (const target of forward.get(name) ?? []) {
      layers.set(target, Math.max(layers.get(target) ?? 0, (layers.get(name) ?? 0) + 1))
    }
  }
  return layers
}

function order(columns: Place[][]): void {
  const sortBy = (column: Place[], neighbours: (place: Place) => readonly Place[]): void => {
    const weight = new Map(
      column.map((place) => {
        const near = neighbours(place)
        return [place, near.length === 0 ? place.order : near.reduce((sum, { order }) => sum + order, 0) / near.length]
      }),
    )
    column.sort((a, b) => (weight.get(a) ?? 0) - (weight.get(b) ?? 0))
    for (const [i, place] of column.entries()) place.order = i
  }
  for (let round = 0; round < 8; round++) {
    for (const column of columns.slice(1)) sortBy(column, ({ before }) => before)
    for (const column of columns.slice(0, -1).reverse()) sortBy(column, ({ after }) => after)
  }
}

/** Columns are set one below the other, and the shorter ones into the middle. Returns the height of the longest. */
function spread(columns: readonly (readonly Place[])[]): number {
  const heightOf = (place: Place): number => (place.name === undefined ? passHeight : box.height)
  const heights = columns.map((column) => column.reduce((sum, place) => sum + heightOf(place) + gap.y, -gap.y))
  const height = Math.max(0, ...heights)
  for (const [i, column] of columns.entries()) {
    let y = margin + (height - (heights[i] ?? 0)) / 2
    for (const place of column) {
      place.y = y
      y += heightOf(place) + gap.y
    }
  }
  return height
}

const label = { width: 66, height: 30 } as const
const tries = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74]

/**
 * Where each curve's label stands, so that none lies upon another or upon a box: at its middle, else nearer to one of its ends;
 * where nothing is free, at its middle all the same. Those that come first choose first.
 */
export function labelPlaces({ boxes, curves }: Layered): readonly (Point | undefined)[] {
  const taken: Point[] = [...boxes.values()].map(({ x, y }) => ({ x: x + box.width / 2, y: y + box.height / 2 }))
  const placed: Point[] = []
  const free = (at: Point): boolean =>
    placed.every(({ x, y }) => Math.abs(x - at.x) >= label.width || Math.abs(y - at.y) >= label.height) &&
    taken.every(
      ({ x, y }) =>
        Math.abs(x - at.x) >= (box.width + label.width) / 2 || Math.abs(y - at.y) >= (box.height + label.height) / 2,
    )
  return curves.map((points) => {
    const candidates = points.slice(1).flatMap((to, i) => tries.map((t) => onCurve(points[i] as Point, to, t)))
    const place = candidates.find(free) ?? candidates[0]
    if (place) placed.push(place)
    return place
  })
}

/** A point of the curve between two, which is level at both. */
function onCurve(from: Point, to: Point, t: number): Point {
  const middle = (from.x + to.x) / 2
  const [a, b, c, d] = [(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t ** 2, t ** 3]
  return { x: a * from.x + (b + c) * middle + d * to.x, y: (a + b) * from.y + (c + d) * to.y }
}
