import { inWords } from '../engine/command.ts'
import type { QueueScene } from './scene.ts'

/** A queue of a policy, as a level or the dashboard's server tells it. */
interface ToldQueue {
  readonly name: string
  readonly weight: number | null | undefined
  readonly remembered: number | null | undefined
  readonly counts: 'frequency' | 'hits' | 'uses' | 'used' | 'left' | null | undefined
  readonly numbers: readonly (number | null)[]
}

/** The queues of a policy as they are shown. `keys` and `hand`: what they are called where they are told. */
export function queueScenes<Q extends ToldQueue>(
  queues: readonly Q[] | null | undefined,
  keys: (queue: Q) => readonly string[],
  hand: (queue: Q) => string | undefined,
): readonly QueueScene[] | undefined {
  if (queues == null) return undefined
  const total = queues.reduce((sum, { weight }) => sum + (weight ?? 0), 0)
  return queues.map((queue): QueueScene => {
    const { name, weight, remembered, counts, numbers } = queue
    const own = keys(queue)
    const at = hand(queue)
    const marks = own.map((key, n) => {
      const number = counts == null ? '' : inShort(counts, numbers[n] ?? Number.POSITIVE_INFINITY)
      return [number, ...(key === at ? ['the hand is here'] : [])].filter((mark) => mark !== '').join(' · ')
    })
    return {
      name,
      note: remembered == null ? undefined : `${remembered.toLocaleString('en')} remembered`,
      share: weight == null || total === 0 ? undefined : weight / total,
      keys: own,
      marks: new Map(own.map((key, n) => [key, marks[n]!])),
    }
  })
}

function inShort(what: NonNullable<ToldQueue['counts']>, number: number): string {
  switch (what) {
    case 'frequency':
      return `frequency ${number}`
    case 'hits':
      return number === 0 ? '' : number === 1 ? '1 hit' : `${number} hits`
    case 'uses':
      return number === 1 ? '1 use' : `${number} uses`
    case 'used':
      return number === 0 ? '' : 'used'
    case 'left':
      return number === Number.POSITIVE_INFINITY ? 'no end' : `${inWords(Math.max(0, Math.round(number)))} left`
  }
}
