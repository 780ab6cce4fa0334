import { setTimeout as pause } from 'node:timers/promises'
import { UNCHECKED } from '../../src/entry/era.ts'
import { memcachedStore } from '../../src/stores/memcached/memcached-store.ts'
import { type MemcachedStoreOptions, readStoreOptions } from '../../src/stores/memcached/options.ts'
import type { Sealed, Store } from '../../src/stores/store.ts'
import { systemWorld } from '../../src/world/system-world.ts'

export const FOREVER: number = Number.POSITIVE_INFINITY

/** Stores as those of several processes, each with connections of its own. */
export class Fleet {
  readonly #stores: Store[] = []
  #prefixes = 0
  prefix = ''

  /** From now on under a prefix that nobody has used. */
  next(): void {
    this.prefix = `t${process.pid}-${this.#prefixes++}`
  }

  store(nodes: readonly string[], options: Partial<MemcachedStoreOptions> = {}): Store {
    // A busy machine is no fault: what tests deadlines brings its own.
    const patience = { timeout: 10_000, connectTimeout: 10_000 }
    const settings = readStoreOptions({ nodes, prefix: this.prefix, ...patience, ...options })
    const store = memcachedStore(settings, { world: systemWorld })
    this.#stores.push(store)
    return store
  }

  async close(): Promise<void> {
    for (const store of this.#stores.splice(0)) await store.close()
  }
}

/** An entry of codec 7 whose payload is this text; born unchecked unless told otherwise. */
export function sealed(key: string, text: string, more: Partial<Sealed> = {}): Sealed {
  const payload = Buffer.from(text)
  return {
    key,
    found: true,
    codec: 7,
    payload,
    born: UNCHECKED,
    deadline: FOREVER,
    tags: [],
    version: undefined,
    upkeep: undefined,
    ...more,
  }
}

/** What the store serves under a key, as text. */
export async function textOf(store: Store, key: string): Promise<string | undefined> {
  const [entry] = (await store.read([key])).entries
  return entry && Buffer.from(entry.payload).toString()
}

/** The ticket for a key. */
export async function ticketOf(store: Store, key: string): Promise<number> {
  return (await store.read([key])).eras[0]!
}

/** Waits for a condition, not for a time. */
export async function until(condition: () => unknown): Promise<void> {
  while (!(await condition())) await pause(5)
}
