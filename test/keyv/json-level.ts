import { type KeyvStoreOptions, keyvStore } from '../../src/coherence/keyv-store.ts'
import type { Entry } from '../../src/entry/entry.ts'
import { type LevelFactory, NO_TRAITS } from '../../src/level.ts'
import type { KeyvStorage } from '../../src/stores/keyv/keyv-adapter.ts'
import type { Sealed } from '../../src/stores/store.ts'

const CODEC = 2

/** The store alone as a level, with values as JSON: what the conformance suite of levels can examine. */
export function jsonLevel(storage: KeyvStorage, options?: KeyvStoreOptions): LevelFactory {
  return ({ name, world }) => {
    const store = keyvStore(storage, options, { world })
    const { scans, shares } = store.traits
    return {
      name,
      timeout: 1000,
      traits: { ...NO_TRAITS, scans, shares },
      read: async (keys) => {
        const { eras, entries } = await store.read(keys)
        return { eras, entries: entries.map((sealed) => sealed && opened(sealed)) }
      },
      write: (entries) => store.write(entries.map(sealed)),
      replace: (entries) => store.replace(entries.map(sealed)),
      raise: (scopes) => store.raise(scopes),
      close: () => store.close(),
    }
  }
}

function sealed({ value, upkeep, ...rest }: Entry): Sealed {
  const payload = rest.found ? Buffer.from(JSON.stringify(value)) : Buffer.alloc(0)
  return { ...rest, upkeep, codec: rest.found ? CODEC : 0, payload }
}

function opened({ codec: _, payload, ...rest }: Sealed): Entry {
  return { ...rest, value: rest.found ? JSON.parse(Buffer.from(payload).toString()) : undefined }
}
