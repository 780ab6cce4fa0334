import { type CacheEvent, type CacheOptions, createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

/** A cache in virtual time, a source that does as it is told, and what happens. */
export interface Life {
  readonly world: FakeWorld
  readonly cache: MultiLevelCache<string>
  readonly source: {
    /** What it answers, or throws if it is an error. */
    answer: string | Error
    /** Milliseconds it takes. */
    delay: number
    calls: number
    /** The signal of the last call. */
    signal: AbortSignal | undefined
  }
  readonly events: CacheEvent[]
  readonly fetch: (key: string, context: { readonly signal: AbortSignal }) => Promise<string>
  pass(ms: number): Promise<void>
}

export function life(options: Omit<CacheOptions, 'world'> = {}, world: FakeWorld = new FakeWorld()): Life {
  const events: CacheEvent[] = []
  const cache = createCache<string>({
    levels: [memory(), memory()],
    ttl: 1000,
    observe: (event) => events.push(event),
    ...options,
    world,
  })
  const source: Life['source'] = { answer: 'one', delay: 0, calls: 0, signal: undefined }
  const fetch: Life['fetch'] = async (_, { signal }) => {
    source.calls++
    source.signal = signal
    const { answer, delay } = source
    if (delay > 0) await new Promise<void>((resolve) => world.after(delay, resolve))
    if (answer instanceof Error) throw answer
    return answer
  }
  const pass = async (ms: number): Promise<void> => {
    await world.settle()
    for (let passed = 0; passed < ms; passed += 10) {
      world.advance(Math.min(10, ms - passed))
      await world.settle()
    }
  }
  return { world, cache, source, events, fetch, pass }
}

/** The types of the events that tell of a key's freshness, in their order. */
export function told(events: readonly CacheEvent[]): string[] {
  return events.filter(({ type }) => type === 'stale' || type === 'refresh' || type === 'fetch').map(({ type }) => type)
}
