import { expect, it } from 'vitest'
import { planOf } from '../../bench/plan.js'
import { root, runNode } from '../support/child.js'

const bench = (...args: string[]) =>
  runNode(['--conditions=@tsubo/source', '--import', 'tsx', `${root}bench/main.ts`, ...args])

it('ends with 2, what is wrong in a line and the usage', async () => {
  const wrong: readonly [string[], string][] = [
    [['--peers', 'tsubo,nobody'], '--peers: there is no "nobody", only tsubo raw-batched raw-each '],
    [['--benches', 'huge'], '--benches: there is no "huge", only small medium echo1m stream stream-each codec'],
    [['--repetitions', 'many'], '--repetitions: "many" is no number from 1'],
    [['--quick', '--fast'], "Unknown option '--fast'"],
    [['nothing'], 'there is no "nothing"'],
  ]
  const ended = await Promise.all(wrong.map(([args]) => bench(...args)))
  for (const [i, { code, stdout, stderr }] of ended.entries()) {
    expect(stderr).toContain(`bench: ${wrong[i]?.[1]}`)
    expect(stderr).toContain('npm run bench -- ')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  }
})

it('tells all commands and the options of the one that decides', async () => {
  const { code, stdout, stderr } = await bench('--help')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const one of ['chaos', 'micro', 'memory', '--quick', '--peers', '--benches', '--repetitions', '--json']) {
    expect(stdout).toContain(one)
  }
})

it('decides with all peers and benches, five repetitions and ten seconds of warm-up', () => {
  expect(planOf({ quick: false })).toMatchObject({
    peers: ['tsubo', 'raw-batched', 'raw-each', 'grpc-js', 'connect', 'fastify', 'moleculer', 'nest', 'trpc', 'thrift'],
    benches: ['small', 'medium', 'echo1m', 'stream', 'stream-each', 'codec'],
    inFlights: { small: [1, 64, 512], medium: [1, 64, 512], echo1m: [1, 4], stream: [1], 'stream-each': [1] },
    repetitions: 5,
    warmUpMs: 10_000,
    tries: 3,
  })
  expect(planOf({ quick: false }).only).toBeUndefined()
})

it('takes with --quick seven peers, and large messages and streams of those alone that have goals in them', () => {
  const plan = planOf({ quick: true })
  expect(plan.peers).toEqual(['tsubo', 'raw-batched', 'raw-each', 'grpc-js', 'fastify', 'moleculer', 'nest'])
  expect(plan.benches).toEqual(['small', 'medium', 'echo1m', 'stream', 'codec'])
  const bulk = ['tsubo', 'raw-each', 'grpc-js']
  expect(plan.only).toEqual({ echo1m: bulk, stream: bulk })
})

it('measures what it is asked for, with --quick as well', () => {
  const plan = planOf({ quick: true, peers: 'tsubo,connect', benches: 'stream', repetitions: '3' })
  expect(plan).toMatchObject({ peers: ['tsubo', 'connect'], benches: ['stream'], repetitions: 3 })
  expect(plan.only).toBeUndefined()
})
