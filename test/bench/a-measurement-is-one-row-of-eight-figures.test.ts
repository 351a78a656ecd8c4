import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type CodecResult, codecRows, judgedCodecs } from '../../bench/codec-result.js'
import type { Window } from '../../bench/load.js'
import { medianRow, writeJson } from '../../bench/row.js'

const figures = [
  'bench',
  'peer',
  'inFlight',
  'callsPerSecond',
  'p50Us',
  'p99Us',
  'clientCpuUsPerCall',
  'serverCpuUsPerCall',
]

const window = (calls: number, cpuUs: number): Window => ({
  calls,
  elapsedMs: 500,
  p50Us: calls / 1000,
  p99Us: calls / 100,
  cpuUs,
  serverCpuUs: 2 * cpuUs,
  foreign: 0,
  paceUs: 500,
})

const codec = (way: string, message: CodecResult['message'], fresh: boolean, encodeNs: number): CodecResult => ({
  way,
  message,
  fresh,
  bytes: 66,
  encodeNs,
  decodeNs: 100,
})

it('is made of the medians of its windows, each figure by itself', () => {
  const row = medianRow('small', 'tsubo', 64, [window(1000, 3000), window(9000, 9000), window(2000, 2000)])
  expect(Object.keys(row)).toEqual(figures)
  expect(row).toEqual({
    bench: 'small',
    peer: 'tsubo',
    inFlight: 64,
    callsPerSecond: 4000,
    p50Us: 2,
    p99Us: 20,
    clientCpuUsPerCall: 1,
    serverCpuUsPerCall: 2,
  })
  expect(medianRow('small', 'tsubo', 64, [window(1000, 3000), window(2000, 2000)])).toMatchObject({
    callsPerSecond: 3000,
    clientCpuUsPerCall: 2,
  })
})

it('is one of both messages for a codec, under the name of the peer that uses it', () => {
  const results = [
    codec('tsubo', 'small', false, 100),
    codec('tsubo', 'small', true, 150),
    codec('tsubo', 'medium', false, 700),
    codec('tsubo', 'medium', true, 800),
    codec('protobufjs', 'small', true, 300),
    codec('protobufjs', 'medium', true, 3500),
  ]
  const rows = codecRows(results)
  for (const row of rows) expect(Object.keys(row)).toEqual(figures)
  expect(
    rows.map(({ bench, peer, callsPerSecond, clientCpuUsPerCall }) => [
      bench,
      peer,
      callsPerSecond,
      clientCpuUsPerCall,
    ]),
  )
    // What a call does: tsubo writes into a slab, the others into buffers of their own.
    .toEqual([
      ['codec', 'tsubo', 1_000_000, 1],
      ['codec', 'grpc-js', 250_000, 4],
    ])
  // Goals hold like against like, too.
  expect(judgedCodecs(results).map(({ bench, peer, clientCpuUsPerCall }) => [bench, peer, clientCpuUsPerCall])).toEqual(
    [
      ['codec small', 'tsubo', 0.2],
      ['codec small, fresh', 'tsubo', 0.25],
      ['codec medium', 'tsubo', 0.8],
      ['codec medium, fresh', 'tsubo', 0.9],
      ['codec small', 'protobufjs', 0.4],
      ['codec small, fresh', 'protobufjs', 0.4],
      ['codec medium', 'protobufjs', 3.6],
      ['codec medium, fresh', 'protobufjs', 3.6],
    ],
  )
})

it('is written as one line of a JSON list', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsubo-bench-'))
  const file = join(folder, 'rows.json')
  const rows = [medianRow('small', 'tsubo', 1, [window(1000, 1000)]), medianRow('stream', 'tsubo', 1, [window(7, 7)])]
  writeJson(file, rows)
  const text = readFileSync(file, 'utf8')
  rmSync(folder, { recursive: true })
  expect(JSON.parse(text)).toEqual(rows)
  expect(text.trimEnd().split('\n')).toHaveLength(rows.length + 2)
})
