import { KeyvBridgeAdapter, type KeyvBridgeStore, KeyvMemoryAdapter } from 'keyv6'
import { describe, it } from 'vitest'
import { levelConformance } from '../../src/testing/level-conformance.ts'
import { systemWorld } from '../../src/world/system-world.ts'
import { Keyv5Adapter } from './adapters.ts'
import { jsonLevel } from './json-level.ts'

levelConformance({ describe, it }, 'Keyv over a Map', () => jsonLevel(new Map()))

levelConformance({ describe, it }, 'Keyv over an adapter of Keyv 5', () => jsonLevel(new Keyv5Adapter(() => 0)), {
  seeds: 10,
})

const real = { seeds: 3, steps: 100, real: systemWorld }

levelConformance(
  { describe, it },
  'Keyv over the memory adapter of Keyv 6',
  () => jsonLevel(new KeyvMemoryAdapter(new Map())),
  real,
)

levelConformance(
  { describe, it },
  'Keyv over an adapter of Keyv 5, bridged by Keyv 6, in a namespace',
  () =>
    jsonLevel(new KeyvBridgeAdapter(new Keyv5Adapter() as KeyvBridgeStore, { namespace: 'n' }), { exclusive: true }),
  real,
)
