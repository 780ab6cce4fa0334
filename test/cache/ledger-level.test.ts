import { describe, it } from 'vitest'
import { auto } from '../../src/codecs/index.ts'
import { LedgerStore } from '../../src/coherence/ledger-store.ts'
import { StoreLevel } from '../../src/remote/store-level.ts'
import { levelConformance } from '../../src/testing/level-conformance.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'

const FOREVER = Number.POSITIVE_INFINITY

for (const feed of [true, false]) {
  for (const shards of [1, 3])
    levelConformance(
      { describe, it },
      `a ledger of ${shards} ${feed ? 'with a feed' : 'without a feed'}`,
      () => (context) => {
        const server = new SimulatedLedgerServer(context.world, { shards, ahead: 7777 })
        const store = new LedgerStore(server.connect({ feed }), { timeout: 250, maxStaleness: 5000 }, context.world)
        return new StoreLevel(store, { name: context.name, timeout: 250, ttl: FOREVER, codec: auto() }, context)
      },
    )
}
