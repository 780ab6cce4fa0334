import { auto } from '../../src/codecs/index.ts'
import { LedgerStore } from '../../src/coherence/ledger-store.ts'
import type { LevelFactory } from '../../src/index.ts'
import { StoreLevel, type StoreLevelSettings } from '../../src/remote/store-level.ts'
import type { Ledger } from '../../src/stores/ledger.ts'
import type { World } from '../../src/world/world.ts'

/** How a level over a ledger is set up. Times in milliseconds. */
interface LedgerLevelSettings extends Partial<Pick<StoreLevelSettings, 'name' | 'codec'>> {
  /** Default: 250. */
  readonly timeout?: number
  /** Default: 5000. */
  readonly maxStaleness?: number
}

/** A level over a ledger. @param ledger or the way to it, which is asked for by each process the level is made for */
export function ledgerLevel(
  ledger: Ledger | ((world: World) => Ledger),
  { name, codec = auto(), timeout = 250, maxStaleness = 5000 }: LedgerLevelSettings = {},
): LevelFactory {
  return (context) => {
    const own = typeof ledger === 'function' ? ledger(context.world) : ledger
    const store = new LedgerStore(own, { timeout, maxStaleness }, context.world)
    const settings = { name: name ?? context.name, timeout, ttl: Number.POSITIVE_INFINITY, codec }
    return new StoreLevel(store, settings, context)
  }
}
