import { measureCodecs } from './codec.js'

const [warmUps, rounds, roundMs] = process.argv.slice(2).map(Number)
process.send?.(measureCodecs(warmUps!, rounds!, roundMs!))
