import { register } from 'node:module'
import { createCache, memory } from '../../../src/index.ts'
import { redis } from '../../../src/levels/redis.ts'

// The code of the client takes longer to load than a call may take.
const { options, delay } = JSON.parse(process.argv[2]!)
const hooks = `
  export async function load(url, context, next) {
    if (url.includes('@redis/client/dist/index')) await new Promise((go) => setTimeout(go, ${delay}))
    return next(url, context)
  }`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)

const events: string[] = []
const cache = createCache<string>({
  levels: [memory(), redis(options)],
  observe: ({ type }) => {
    if (type === 'levelFailed' || type === 'breaker') events.push(type)
  },
})
let fetched = 0
const fetcher = () => {
  fetched++
  return 'fetched'
}
const [set, other] = await Promise.all([cache.set('set', 'value'), cache.getOrFetch('known', fetcher)])
process.stdout.write(JSON.stringify({ set, known: other.data, fetched, events }))
await cache.close()
