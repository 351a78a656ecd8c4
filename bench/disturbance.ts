import { readFileSync } from 'node:fs'

/** CPU time that all processes of this machine have used, in microseconds; undefined where the system doesn't say. */
export function machineCpuUs(): number | undefined {
  let stat: string
  try {
    stat = readFileSync('/proc/stat', 'utf8')
  } catch {
    return undefined
  }
  // user, nice, system, idle, iowait, irq, softirq, steal: in ticks of 10 ms. Interrupts are the load's own packets.
  const [user, nice, system, , , , , steal] = stat.split('\n', 1)[0]!.trim().split(/ +/).slice(1).map(Number)
  return (user! + nice! + system! + steal!) * 10_000
}
