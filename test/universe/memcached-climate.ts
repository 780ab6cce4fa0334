import type { FakeWorld } from '../../src/testing/fake-world.ts'
import type { Climate } from './climate.ts'

/** A climate in which Memcached is the deepest level, below so many ledgers. */
export function climateOverMemcached(climate: Climate, dice: FakeWorld): Climate {
  const die = (sides: number) => Math.floor(dice.random() * sides)
  const ledgers = [0, 1, 1, 1, 2][die(5)]!
  const hasLedgers = ledgers > 0
  const hasFeed = hasLedgers && climate.hasFeed
  return {
    ...climate,
    ledgers,
    memcacheds: 1 + die(2),
    // There is nothing to be deaf to.
    mood: climate.mood === 'deaf' && !hasLedgers ? 'calm' : climate.mood,
    hasFeed,
    maxStaleness: hasLedgers ? climate.maxStaleness : 301,
    // Who cannot reach Memcached counts from when the source has answered.
    sluggish: hasLedgers ? climate.sluggish : 40,
    // Long enough for processes that stand still for longer than connections are waited for.
    length: climate.mood === 'storm' && die(3) === 0 ? 3600 : climate.length,
  }
}
