/** What can be done to the topology. */
export const FAULTS = [
  'a Redis master is killed',
  'a Redis master freezes',
  'a Redis replica is killed',
  'a Memcached node is killed',
  'a Memcached node freezes',
  'an app server is killed',
  'an app server freezes',
  'the database is slow',
] as const

export type FaultName = (typeof FAULTS)[number]

export interface Planned {
  readonly name: FaultName
  /** Milliseconds after the beginning of the load. It begins later if the one before is not over. */
  readonly at: number
  /** Milliseconds it lasts. What has to be noticed by others (a master that is dead) lasts at least as long as that. */
  readonly lasts: number
  /** From 0 to 1: which one of those it can happen to. */
  readonly which: number
}

/** Milliseconds without faults at the beginning, for the levels to fill, and at the end. */
const CALM = 5000
/** Milliseconds between the beginnings of two faults, at least. */
const LEAST = 5500
const MOST = 15_000

/**
 * One fault after another: each kind once in each round, in an order, at a moment and for a time that follow
 * from `random`. A run that is too short for all of them has some.
 */
export function schedule(duration: number, random: () => number): Planned[] {
  const time = duration - 2 * CALM
  const distance = Math.min(MOST, Math.max(LEAST, time / FAULTS.length))
  const planned: Planned[] = []
  let round: FaultName[] = []
  for (let at = CALM; at + distance <= duration - CALM + 1; at += distance) {
    if (round.length === 0) round = [...FAULTS]
    const [name] = round.splice(Math.floor(random() * round.length), 1)
    const lasts = distance * (0.35 + 0.2 * random())
    planned.push({ name: name!, at: at + distance * 0.1 * random(), lasts, which: random() })
  }
  return planned
}
