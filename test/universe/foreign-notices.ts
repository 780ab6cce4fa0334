import type { Invalidation, Ledger, Listener } from '../../src/stores/ledger.ts'

/**
 * A ledger whose channel others publish on as well: with each notice come one of another cache, one of a reign that
 * nobody has ever heard of, and now and then one that gives the same era to another step.
 */
export function amongForeigners(ledger: Ledger): Ledger {
  const { listen } = ledger
  if (listen === undefined) return ledger
  return { ...ledger, listen: (listener) => listen(besieged(listener)) }
}

function besieged(listener: Listener): Listener {
  let count = 0
  const name = (digits: number): string => (++count).toString(16).padStart(digits, 'f')
  const foreign = name(16)
  const publish = (shard: number, step: Invalidation): void => {
    listener.invalidated(shard, { ...step, reign: foreign, link: name(12), prev: name(12), origin: name(16) })
    listener.invalidated(shard, { ...step, reign: name(16), era: step.era + 1000, origin: name(16) })
    if (count % 3 === 0) listener.invalidated(shard, { ...step, link: name(12), origin: name(16) })
  }
  return {
    invalidated: (shard, step) => {
      listener.invalidated(shard, step)
      publish(shard, step)
    },
    settled: (shard, keys) => listener.settled(shard, keys),
    interrupted: () => listener.interrupted(),
  }
}
