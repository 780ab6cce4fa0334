import { getHeapSpaceStatistics } from 'node:v8'
import { createCache } from '../../../src/index.ts'
import { redis } from '../../../src/levels/redis.ts'

// Reads lists of keys, many at a time and then one at a time, and tells how many bytes each of the latter reads
// leaves in the old generation when only the young one is collected. Needs --expose-gc.
const CALLS = 20
const collectYoung = () => (globalThis as unknown as { gc(options: object): void }).gc({ type: 'minor' })
const oldBytes = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')!.space_used_size

const cache = createCache<object>({ levels: [redis(JSON.parse(process.argv[2]!))] })
const lists = Array.from({ length: 20 }, (_, list) => Array.from({ length: 100 }, (_, n) => `key ${list} ${n}`))
const userOf = (name: string) => ({
  name,
  roles: ['admin', 'editor', 'viewer'],
  address: { street: 'Main Street', city: 'Springfield', zip: '12345' },
  text: 'some text '.repeat(70),
})
for (const list of lists) await cache.setMany(list.map((key) => [key, userOf(key)]))

async function read(calls: number): Promise<void> {
  for (let n = 0; n < calls; n++) await cache.getMany(lists[n % lists.length]!)
}

await Promise.all(Array.from({ length: 100 }, () => read(40)))
await read(300)

const growths: number[] = []
for (let n = 0; n < 41; n++) {
  collectYoung()
  collectYoung()
  const before = oldBytes()
  await read(CALLS)
  // What outlives two collections is in the old generation.
  collectYoung()
  collectYoung()
  growths.push((oldBytes() - before) / CALLS)
}
// A full collection in between makes one negative, and code that is compiled meanwhile makes one large.
process.stdout.write(String(growths.sort((a, b) => a - b)[20]))
await cache.close()
