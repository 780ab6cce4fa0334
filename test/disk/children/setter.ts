import { writeSync } from 'node:fs'
import { createCache, memory } from '../../../src/index.ts'
import { disk } from '../../../src/levels/disk.ts'

// Sets so many keys of its own and counts, through a whole cache; prints what was acknowledged, and what went wrong.
const [path, name, most] = process.argv.slice(2)
const cache = createCache<number>({ levels: [memory(), disk({ path: path!, timeout: '20s' })], ttl: '1h' })
cache.on((event) => {
  if (event.type === 'lost' || event.type === 'levelFailed') writeSync(1, `wrong ${event.type}\n`)
})
for (let n = 0; n < Number(most); n++) {
  const { ok } = await cache.set(`${name}:${n}`, n)
  writeSync(1, ok ? `set ${name}:${n}\n` : 'wrong set\n')
  if (n % 10 > 0) continue
  await cache.increment('visits').then(
    () => writeSync(1, 'count\n'),
    (error) => writeSync(1, `wrong ${error.code}\n`),
  )
}
await cache.close()
