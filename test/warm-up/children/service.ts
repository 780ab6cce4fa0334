import { createCache, memory } from '../../../src/index.ts'

// A service that asks for keys as it is told, and saves what it has when it is asked to end.
const { path, policy } = JSON.parse(process.argv[2]!)
const cache = createCache<string>({ levels: [memory({ maxEntries: 500, policy })], ttl: '1h' })
const restored = await cache.restore(path)

interface Order {
  readonly ask: readonly string[]
}

process.on('message', async ({ ask }: Order) => {
  let hits = 0
  for (const key of ask) {
    let isHit = true
    await cache.getOrFetch(key, () => {
      isHit = false
      return `value of ${key}`
    })
    if (isHit) hits++
  }
  process.send!({ hits, order: cache.stats({ keys: 1000 }).levels[0]!.keys })
})

process.once('SIGTERM', async () => {
  const { saved } = await cache.save(path)
  await cache.close()
  process.send!({ saved })
  process.disconnect()
})

process.send!({ restored, order: cache.stats({ keys: 1000 }).levels[0]!.keys })
