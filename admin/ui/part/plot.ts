import 'uplot/dist/uPlot.min.css'
import UPlot from 'uplot'
import { clockTime, compact, milliseconds } from '../format.ts'

/** Curves on a canvas. Loaded when the first chart is shown: the largest part of the pages is this. */
export interface Plot {
  show(times: readonly number[], lines: readonly (readonly (number | null)[])[]): void
  destroy(): void
}

export interface PlotOptions {
  readonly colours: readonly string[]
  readonly text: string
  readonly grid: string
  readonly font: string
  readonly unit: 'per_second' | 'ms' | 'calls'
  /** Charts of the same name show the same moment under the pointer. */
  readonly sync: string
  /** The point under the pointer; undefined: the pointer has left. */
  readonly onPoint: (index: number | undefined) => void
}

const height = 172

export function createPlot(into: HTMLElement, options: PlotOptions): Plot {
  const { colours, text, grid, font, unit } = options
  const value = (n: number): string => (unit === 'ms' ? milliseconds(n) : compact(n))
  const single = colours.length === 1
  const plot = new UPlot(
    {
      width: Math.max(into.clientWidth, 120),
      height,
      ms: 1,
      legend: { show: false },
      padding: [10, 6, 0, 0],
      cursor: {
        sync: { key: options.sync },
        points: { size: 7 },
        drag: { x: false, y: false },
        y: false,
      },
      scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.12 : 1] } },
      axes: [
        {
          stroke: text,
          font,
          grid: { show: false },
          ticks: { show: false },
          space: 64,
          size: 26,
          values: (_plot, splits) => splits.map((at) => clockTime(at)),
        },
        {
          stroke: text,
          font,
          grid: { stroke: grid, width: 1 },
          ticks: { show: false },
          space: 38,
          size: 58,
          gap: 6,
          values: (_plot, splits) => splits.map(value),
        },
      ],
      series: [
        {},
        ...colours.map((stroke) => ({
          stroke,
          width: 1.75,
          points: { show: false },
          ...(single && { fill: translucent(stroke) }),
        })),
      ],
      hooks: { setCursor: [({ cursor }) => options.onPoint(cursor.idx ?? undefined)] },
    },
    [[], ...colours.map(() => [])],
    into,
  )
  const observer = new ResizeObserver(() => plot.setSize({ width: Math.max(into.clientWidth, 120), height }))
  observer.observe(into)
  return {
    show(times, lines) {
      plot.setData([times as number[], ...(lines as (number | null)[][])])
    },
    destroy() {
      observer.disconnect()
      plot.destroy()
    },
  }
}

function translucent(colour: string): string {
  const [r, g, b] = colour.match(/[\d.]+/g) ?? []
  return `rgba(${r}, ${g}, ${b}, 0.11)`
}
