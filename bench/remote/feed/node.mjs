// One process with some caches over the same Redis, driven by messages of its parent. It notes when each
// of its caches hears of an invalidation, or invalidates at a steady rate, by the clock of the machine.
import { createCache, memory } from '../../../dist/index.js'
import { redis } from '../../../dist/redis.js'

const [port, count] = process.argv.slice(2).map(Number)
const now = () => Number(process.hrtime.bigint()) / 1e6

const heard = Array.from({ length: count }, () => new Map())
const caches = heard.map((moments) => {
  const observe = (event) => {
    if (event.type !== 'heard') return
    const at = now()
    for (const scope of event.scopes) if (scope.kind === 'key') moments.set(scope.key, at)
  }
  return createCache({ levels: [memory(), redis({ url: `redis://127.0.0.1:${port}`, timeout: '2s' })], observe })
})

/** `perSecond` invalidations a second for so long, each on its own; late ones are caught up with. */
function invalidate({ run, perSecond, seconds }) {
  const sent = []
  const began = now()
  const total = perSecond * seconds
  return new Promise((resolve) => {
    const open = []
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((now() - began) * perSecond) / 1000))
      while (sent.length < due) {
        const key = `${run}:${sent.length}`
        sent.push([key, now()])
        open.push(caches[0].delete(key))
      }
      if (sent.length < total) return
      clearInterval(timer)
      Promise.all(open).then(() => resolve(sent))
    }, 1)
  })
}

let usage
const orders = {
  warm: async () => {
    await Promise.all(caches.map((cache) => cache.get('warm')))
    return 'warm'
  },
  invalidate,
  begin: async () => {
    for (const moments of heard) moments.clear()
    usage = process.cpuUsage()
    return 'begun'
  },
  end: async () => {
    const { user, system } = process.cpuUsage(usage)
    return { cpu: user + system, heard: heard.map((moments) => [...moments]) }
  },
}

process.on('message', async ({ order, ...rest }) => process.send(await orders[order](rest)))
process.on('disconnect', () => process.exit(0))
