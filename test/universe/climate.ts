import type { FakeWorld } from '../../src/testing/fake-world.ts'
import type { CallFate, LedgerCall } from '../../src/testing/simulated-ledger.ts'

/** How long callers act, in milliseconds. */
const LENGTH = 1200
const FOREVER = Number.POSITIVE_INFINITY

export type Theme = 'anything' | 'failOver' | 'cut'

/** What a universe is like: all of it follows from its seed. Times are milliseconds. */
export interface Climate {
  /** `storm`: everything goes wrong; `deaf`: only feeds are interrupted and notices lost; `calm`: nothing goes wrong. */
  readonly mood: 'calm' | 'deaf' | 'storm'
  /** What goes wrong most in a storm. */
  readonly theme: Theme
  /** Whether a node cannot reach the stores at first. */
  readonly startsCut: boolean
  /** The latest a call takes effect, in deadlines. */
  readonly lateness: number
  readonly nodes: number
  readonly ledgers: number
  /** Memcached servers below the ledgers, as one shared level. */
  readonly memcacheds: number
  /** The longest the source takes when it is slow. */
  readonly sluggish: number
  /** How long callers act. */
  readonly length: number
  readonly shards: number
  /** Whether a private level that fails lies between memory and the shared levels. */
  readonly hasMiddle: boolean
  readonly hasFeed: boolean
  /** Whether each shard may fail alone. */
  readonly isSpread: boolean
  readonly maxStaleness: number
  /** The deadline of each call. */
  readonly timeout: number
  readonly leaseTime: number
  /** Whether servers remember but a few floors and steps. */
  readonly isForgetful: boolean
  /** Entries of a level in memory. */
  readonly maxEntries: number
  readonly whenCutOff: 'serve' | 'fetch'
  /** Whether values live for ever. */
  readonly isEternal: boolean
  /** Whether there is a counter; then nobody clears everything, for that resets it. */
  readonly counts: boolean
  /** The longest way of a call or an answer. */
  readonly latency: number
  /** Calls out of a hundred that go wrong. */
  readonly failing: number
  /** Notices out of a hundred that are lost, and that come twice. */
  readonly losing: number
  readonly doubling: number
  /** The longest way of a notice. */
  readonly noticing: number
  /** Whether one node changes something else all the time. */
  readonly isNoisy: boolean
  /** How often each node acts. */
  readonly acts: number
}

/** @param isHarsh whether it is a storm in any case, over two stores more often */
export function climateOf(die: (sides: number) => number, isHarsh: boolean): Climate {
  const drawn = (['calm', 'deaf', 'storm', 'storm', 'storm'] as const)[die(5)]!
  const mood = isHarsh ? 'storm' : drawn
  const isStorm = mood === 'storm'
  const hasFeed = mood === 'deaf' || die(5) > 0
  return {
    mood,
    theme: (['anything', 'anything', 'failOver', 'cut'] as const)[die(4)]!,
    startsCut: isStorm && die(4) === 0,
    lateness: die(3) === 0 ? 10 : 3,
    nodes: 2 + die(3),
    ledgers: die(10) < (isHarsh ? 6 : 4) ? 2 : 1,
    memcacheds: 0,
    sluggish: 300,
    length: LENGTH,
    shards: 1 + die(2),
    hasMiddle: die(5) === 0,
    hasFeed,
    isSpread: die(4) === 0,
    // Where only the feed can tell in time, pulses must not do its work.
    maxStaleness: mood === 'deaf' ? 3001 : 301,
    timeout: 60,
    leaseTime: 100 + die(300),
    isForgetful: isStorm && die(4) === 0,
    maxEntries: die(2) === 0 ? 2 : 100,
    whenCutOff: die(4) === 0 ? 'fetch' : 'serve',
    isEternal: die(2) === 0,
    counts: die(3) === 0,
    latency: 1 + die(isStorm ? 20 : 8),
    failing: isStorm ? die(30) : 0,
    losing: isStorm || (mood === 'deaf' && die(2) === 0) ? die(60) : 0,
    doubling: die(30),
    noticing: 1 + die(isStorm ? 80 : 12),
    isNoisy: die(8) === 0,
    acts: 20,
  }
}

/** What becomes of one call of a ledger. */
export function fateOf(
  call: LedgerCall,
  climate: Pick<Climate, 'failing' | 'latency' | 'lateness' | 'timeout'>,
  dice: FakeWorld,
): CallFate {
  const die = (sides: number) => Math.floor(dice.random() * sides)
  const { failing, latency, lateness, timeout } = climate
  const effect = die(latency)
  const answer = effect + die(latency)
  if (call === 'listen' || die(100) >= failing) return { effect, answer }
  switch (die(6)) {
    case 0: // lost on its way, and noticed
      return { effect: FOREVER, answer, fails: true }
    case 1: // the answer is lost, and that is noticed
      return { effect, answer, fails: true }
    case 2: // given up on, and takes effect nevertheless
      return { effect: effect + die(lateness * timeout), answer, fails: true }
    case 3: // swallowed
      return { effect: FOREVER, answer: FOREVER }
    case 4: // never answered
      return { effect: die(2 * timeout), answer: FOREVER }
    default: {
      const late = die(lateness * timeout)
      return { effect: late, answer: late + die(timeout) }
    }
  }
}

/** When a notice arrives: never, once, or twice. */
export function arrivalsOf({ losing, doubling, noticing }: Climate, dice: FakeWorld): readonly number[] {
  const die = (sides: number) => Math.floor(dice.random() * sides)
  if (die(100) < losing) return []
  const first = die(noticing)
  return die(100) < doubling ? [first, die(3 * noticing)] : [first]
}
