import fc from 'fast-check'
import { expect, it } from 'vitest'
import { box, labelPlaces, layered } from '../../../admin/ui/page/layers.js'

const edge = (from: string, to: string) => ({ from, to })

it('callers stand left of whom they call, however long the way', () => {
  const { boxes } = layered(
    ['db', 'web', 'shop', 'mail'],
    [edge('web', 'shop'), edge('shop', 'db'), edge('web', 'db'), edge('shop', 'mail')],
  )
  const x = (name: string) => boxes.get(name)?.x ?? Number.NaN
  expect(x('web')).toBeLessThan(x('shop'))
  expect(x('shop')).toBeLessThan(x('db'))
  expect(x('mail')).toBe(x('db'))
})

it('lines that a circle closes go back, and calls to oneself are a loop above the box', () => {
  const { boxes, curves } = layered(['a', 'b'], [edge('a', 'b'), edge('b', 'a'), edge('a', 'a')])
  expect(boxes.get('a')?.x).toBeLessThan(boxes.get('b')?.x ?? 0)
  expect(curves[1]?.[0]?.x).toBe(boxes.get('b')?.x)
  expect(curves[1]?.at(-1)?.x).toBe((boxes.get('a')?.x ?? 0) + box.width)
  expect(curves[2]?.every(({ y }) => y === boxes.get('a')?.y)).toBe(true)
})

it('boxes never overlap and all lies within the picture, whatever calls whatever', () => {
  const name = fc.integer({ min: 0, max: 24 }).map(String)
  fc.assert(
    fc.property(
      fc.uniqueArray(name),
      fc.array(fc.record({ from: name, to: name }), { maxLength: 60 }),
      (names, edges) => {
        const { boxes, curves, width, height } = layered(names, edges)
        expect(boxes.size).toBe(names.length)
        const places = [...boxes.values()]
        for (const [i, a] of places.entries()) {
          expect(a.x >= 0 && a.y >= 0 && a.x + box.width <= width && a.y + box.height <= height).toBe(true)
          for (const b of places.slice(i + 1)) expect(a.x !== b.x || Math.abs(a.y - b.y) >= box.height).toBe(true)
        }
        // An edge to somebody who isn't there is no line; each other one has its ends.
        for (const [i, { from, to }] of edges.entries()) {
          expect((curves[i]?.length ?? 0) >= 2).toBe(boxes.has(from) && boxes.has(to))
        }
      },
    ),
    { numRuns: 60 },
  )
})

it('labels keep clear of each other and of the boxes', () => {
  const drawing = layered(
    ['web', 'app', 'reports', 'user', 'shop', 'office'],
    [
      edge('web', 'office'),
      edge('web', 'shop'),
      edge('app', 'user'),
      edge('app', 'office'),
      edge('app', 'shop'),
      edge('user', 'office'),
      edge('reports', 'office'),
    ],
  )
  const places = labelPlaces(drawing).flatMap((place) => place ?? [])
  expect(places.length).toBe(7)
  for (const [i, a] of places.entries()) {
    for (const b of places.slice(i + 1)) expect(Math.abs(a.x - b.x) >= 60 || Math.abs(a.y - b.y) >= 28).toBe(true)
    for (const { x, y } of drawing.boxes.values()) {
      expect(a.x > x && a.x < x + box.width && a.y > y && a.y < y + box.height).toBe(false)
    }
  }
})

it('200 applications with 1,000 connections take less than a tenth of a second', () => {
  const names = Array.from({ length: 200 }, (_, i) => `app-${i}`)
  const edges = Array.from({ length: 1000 }, (_, i) =>
    edge(names[(i * 7) % 200] ?? '', names[(i * 13 + 5) % 200] ?? ''),
  )
  layered(names, edges)
  const began = performance.now()
  layered(names, edges)
  // Ten times that where others use the machine, too.
  expect(performance.now() - began).toBeLessThan(1000)
})
