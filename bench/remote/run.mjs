import { versionOf } from '../peers.mjs'
import { everyRound } from '../rounds.mjs'
import { median, pairedRatio } from '../statistics.mjs'
import { contenders, MODES, NEAR, RAW } from './contenders.mjs'
import { runFeed } from './feed/run.mjs'
import { scratchFolder, startMemcached, startRedis } from './servers.mjs'

const PACKAGES = ['ioredis', '@keyv/redis', 'memjs', 'layered-loader', 'bentocache', 'cacheable', 'cache-manager']
const NEAR_MODES = ['getAlone', 'getInFlight']

const pick = (rounds, mode, what) => rounds.map((result) => result?.[mode]?.[what])
const known = (numbers) => numbers.filter((number) => number !== undefined)

/** Contender → mode → rate, processor time, and the rate divided by the base's in the same round. */
function summarise(results, base, modes) {
  const figures = {}
  for (const [name, rounds] of Object.entries(results)) {
    figures[name] = {}
    for (const mode of modes) {
      const rates = pick(rounds, mode, 'rate')
      if (known(rates).length === 0) continue
      const costs = pick(rounds, mode, 'cpu')
      figures[name][mode] = {
        rate: median(known(rates)),
        ratio: pairedRatio(rates, pick(results[base] ?? [], mode, 'rate')),
        cpu: median(known(costs)),
        cpuRatio: pairedRatio(costs, pick(results[base] ?? [], mode, 'cpu')),
      }
    }
  }
  return figures
}

function measureStore(store, where, rounds) {
  const jobs = Object.entries(contenders[store]).map(([name, contender]) => {
    return { name, part: 'remote', ...contender, ...where }
  })
  const { results, failures } = everyRound(store, jobs, rounds)
  return { figures: summarise(results, RAW[store], Object.keys(MODES)), failures }
}

function measureNear(where, rounds) {
  const { results, failures } = everyRound('level 1 over redis', [{ name: 'both', part: 'near', ...where }], rounds)
  const both = results.both ?? []
  const series = { [NEAR.alone]: both.map((round) => round?.alone), [NEAR.shared]: both.map((round) => round?.shared) }
  return { figures: summarise(series, NEAR.alone, NEAR_MODES), failures }
}

export async function runRemote({ rounds }) {
  const redis = await startRedis()
  const memcached = await startMemcached()
  const folder = scratchFolder()
  try {
    return {
      stores: {
        redis: measureStore('redis', { port: redis.port }, rounds),
        memcached: measureStore('memcached', { port: memcached.port }, rounds),
        disk: measureStore('disk', { folder: folder.path }, rounds),
      },
      near: measureNear({ port: redis.port }, rounds),
      feed: await runFeed(redis, rounds),
      versions: {
        terrace: versionOf('terrace'),
        ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
      },
    }
  } finally {
    redis.close()
    memcached.close()
    folder.remove()
  }
}
