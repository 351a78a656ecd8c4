import { numberFrom, wrong } from './options.js'
import { comparedPeers, peerNames } from './peers/names.js'
import type { Bench } from './peers/peer.js'

/** What is measured of whom, and for how long. */
export interface Plan {
  readonly peers: readonly string[]
  readonly benches: readonly string[]
  /** Benches that of those peers only these are measured with. */
  readonly only?: Partial<Readonly<Record<Bench, readonly string[]>>>
  readonly inFlights: Readonly<Record<Bench, readonly number[]>>
  /** Fresh pairs of processes, one a peer, which live together. */
  readonly repetitions: number
  /** Windows of each peer in each cell and repetition, in turn with the others'; of all rounds the calmer half counts. */
  readonly rounds: number
  /** Every peer alike, with `small` at 64 in flight, in every fresh pair of processes. */
  readonly warmUpMs: number
  /** Again in each cell, with what is measured there: the others had their turns since. */
  readonly againMs: number
  readonly windowMs: number
  /** A window is measured again while others took more of the machine than this share; the least disturbed one is kept. */
  readonly foreign: number
  readonly tries: number
}

const allBenches = ['small', 'medium', 'echo1m', 'stream', 'stream-each', 'codec']
/** Those that have floors. */
const quickBenches = allBenches.filter((bench) => bench !== 'stream-each')
const quickPeers = ['tsubo', 'raw-batched', 'raw-each', 'grpc-js', 'fastify', 'moleculer', 'nest']
/** Large messages and streams have goals against these alone. */
const quickBulkPeers = ['tsubo', 'raw-each', 'grpc-js']

export const usage = `npm run bench -- [calls] [options]
  --quick               a smoke test of under 2 minutes, against floors at 0.6 of the goals
  --peers <a,b>         of ${peerNames.join(' ')}
  --benches <a,b>       of ${allBenches.join(' ')}
  --repetitions <n>     fresh processes so many times; default 5, with --quick 2
  --json <file>         writes one row a measurement`

/** Options of `npm run bench -- calls` as they were typed. */
export interface Asked {
  readonly quick: boolean
  readonly peers?: string | undefined
  readonly benches?: string | undefined
  readonly repetitions?: string | undefined
}

/** The plan that these options ask for. What there isn't ends the process, with the usage. */
export function planOf({ quick, peers, benches, repetitions }: Asked): Plan {
  return {
    peers: chosen('--peers', peers, peerNames, quick ? quickPeers : comparedPeers),
    benches: chosen('--benches', benches, allBenches, quick ? quickBenches : allBenches),
    ...(quick && peers === undefined && { only: { echo1m: quickBulkPeers, stream: quickBulkPeers } }),
    inFlights: {
      small: [1, 64, 512],
      medium: quick ? [64] : [1, 64, 512],
      echo1m: [1, 4],
      stream: [1],
      'stream-each': [1],
    },
    repetitions: numberFrom(1, '--repetitions', repetitions ?? (quick ? '2' : '5'), usage),
    rounds: quick ? 2 : 5,
    warmUpMs: quick ? 1_500 : 10_000,
    againMs: quick ? 200 : 1_000,
    windowMs: quick ? 250 : 300,
    foreign: 0.06,
    tries: quick ? 2 : 3,
  }
}

function chosen(
  option: string,
  text: string | undefined,
  known: readonly string[],
  byDefault: readonly string[],
): readonly string[] {
  const asked = text?.split(',')
  const unknown = asked?.find((one) => !known.includes(one))
  if (unknown !== undefined) wrong(`${option}: there is no ${JSON.stringify(unknown)}, only ${known.join(' ')}`, usage)
  return asked ?? byDefault
}
