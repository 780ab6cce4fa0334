import { bytesText, countText } from '../figures-text.ts'
import type { Findings } from './finding.ts'
import type { RedisSettings } from './redis-settings.ts'

type Check = (findings: Findings, settings: RedisSettings) => void

/** What one server's own word and configuration say, in the order in which it is told. */
export const REDIS_SERVER_CHECKS: readonly Check[] = [
  version,
  role,
  maxMemory,
  eviction,
  evictions,
  fragmentation,
  persistence,
  saving,
  replicas,
  clients,
]

/** Before it there are no streams. */
const OLDEST = 5

function version(findings: Findings, { version: { text, numbers, isValkey } }: RedisSettings): void {
  const why =
    'Terrace needs Redis 5 or later, or Valkey: its log is a stream, its steps are scripts that ask for the time.'
  const found = `It is ${text}.`
  if (!isValkey && numbers[0]! < OLDEST) findings.fail('version', found, why, 'Upgrade to Redis 7 or Valkey 8.')
  else if (!isValkey && numbers[0]! < 6) {
    findings.warn('version', found, why, 'It works, but gets no fixes any more and knows no rights (ACL): upgrade.')
  } else findings.ok('version', found, why)
}

function role(findings: Findings, settings: RedisSettings): void {
  const why = 'A replica may not know yet what was invalidated, and takes no writes.'
  if (settings.info('role') === 'master') findings.ok('role', 'It is a master.', why)
  else {
    const master = `${settings.info('master_host') ?? '?'}:${settings.info('master_port') ?? '?'}`
    findings.fail(
      'role',
      `It is a replica of ${master}.`,
      why,
      `Give the level the address of the master (${master}), or its Sentinels.`,
    )
  }
}

function maxMemory(findings: Findings, settings: RedisSettings): void {
  const limit = settings.number('maxmemory') ?? 0
  const used = settings.number('used_memory') ?? 0
  const why = 'Without a bound a cache grows until the machine has no memory left, and the server is killed.'
  if (limit === 0) {
    findings.warn(
      'maxmemory',
      `There is no bound; ${bytesText(used)} are in use.`,
      why,
      'Set maxmemory to about three quarters of what the machine can spare, and maxmemory-policy allkeys-lru.',
    )
    return
  }
  const found = `${bytesText(used)} of ${bytesText(limit)} are in use.`
  const isFull = used > limit * 0.95
  const evicts = settings.info('maxmemory_policy') !== 'noeviction'
  if (isFull && !evicts)
    findings.fail('maxmemory', found, why, 'Raise maxmemory, or let it evict: every set fails soon.')
  else findings.ok('maxmemory', found, why)
}

function eviction(findings: Findings, settings: RedisSettings): void {
  const policy = settings.info('maxmemory_policy') ?? settings.config('maxmemory-policy')
  const why =
    'When memory is full, data must go and the state of the cache must stay: state is used with every write, so that LRU and LFU leave it alone. State that is evicted begins a new reign, in which nothing older is served.'
  if (policy === undefined) {
    findings.skip('eviction', 'The policy is not told.', why)
    return
  }
  const found = `maxmemory-policy is ${policy}.`
  if (/^allkeys-(?:lru|lfu|lrm)$/.test(policy)) {
    findings.ok('eviction', found, why)
    return
  }
  if (policy === 'allkeys-random') {
    findings.warn(
      'eviction',
      found,
      why,
      'Set maxmemory-policy allkeys-lru or allkeys-lfu: this one takes the state as readily as data.',
    )
    return
  }
  if ((settings.number('maxmemory') ?? 0) === 0) {
    findings.ok('eviction', `${found} Without a bound it does not matter.`, why)
    return
  }
  if (policy === 'noeviction') {
    findings.warn(
      'eviction',
      found,
      why,
      'Set maxmemory-policy allkeys-lru or allkeys-lfu: with this one every set fails when memory is full (invalidations go on).',
    )
    return
  }
  findings.warn(
    'eviction',
    found,
    why,
    'It evicts only what has an end: make sure that the cache, or its level, has a ttl, or set allkeys-lru.',
  )
}

function evictions(findings: Findings, settings: RedisSettings): void {
  const evicted = settings.number('evicted_keys') ?? 0
  const hours = (settings.number('uptime_in_seconds') ?? 0) / 3600
  const keys = Object.values({ ...keyCounts(settings) }).reduce((sum, count) => sum + count, 0)
  const why =
    'Evicted values have to be fetched again. Some are right for a cache that is full; very many mean that it is too small.'
  const found =
    evicted === 0
      ? 'Nothing was evicted since it started.'
      : `${countText(evicted)} keys were evicted in ${hours < 1 ? 'the last hour' : `${Math.round(hours)} hours`}, of ${countText(keys)} there are.`
  if (evicted / Math.max(1, hours) > Math.max(1000, keys)) {
    findings.warn(
      'evictions',
      found,
      why,
      'Raise maxmemory, or keep less there: everything is replaced within an hour.',
    )
  } else findings.ok('evictions', found, why)
}

function keyCounts(settings: RedisSettings): Record<string, number> {
  const counts: Record<string, number> = {}
  for (let n = 0; n < 16; n++) {
    const keys = /^keys=(\d+)/.exec(settings.info(`db${n}`) ?? '')?.[1]
    if (keys !== undefined) counts[`db${n}`] = Number(keys)
  }
  return counts
}

/** Below this much memory the ratios say nothing. */
const ENOUGH = 100 * 2 ** 20

function fragmentation(findings: Findings, settings: RedisSettings): void {
  const ratio = settings.number('mem_fragmentation_ratio')
  const used = settings.number('used_memory') ?? 0
  const why =
    'Memory that the server holds and cannot use is lost to the cache; memory that was swapped out makes it as slow as a disk.'
  if (ratio === undefined) {
    findings.skip('fragmentation', 'It is not told.', why)
    return
  }
  const found = `The server holds ${ratio.toFixed(2)} times the memory it uses (${bytesText(used)}).`
  if (used < ENOUGH) findings.ok('fragmentation', `${found} With so little in use that says nothing.`, why)
  else if (ratio > 1.5)
    findings.warn('fragmentation', found, why, 'Set activedefrag yes, or restart the server at a quiet hour.')
  else if (ratio < 0.9)
    findings.warn(
      'fragmentation',
      found,
      why,
      'A part was swapped out: give the machine more memory, or lower maxmemory.',
    )
  else findings.ok('fragmentation', found, why)
}

function persistence(findings: Findings, settings: RedisSettings): void {
  const why =
    'What a crash takes back is noticed, and each process tells once more what it invalidated within the last minute. A snapshot that is older brings back values that were invalidated since, and nobody tells of those.'
  const isLogged = settings.info('aof_enabled') === '1'
  const save = settings.config('save')
  if (isLogged) {
    const sync = settings.config('appendfsync')
    findings.ok(
      'persistence',
      `The append-only file is on${sync === undefined ? '' : ` (appendfsync ${sync})`}: a crash loses a second.`,
      why,
    )
    return
  }
  if (save === undefined) {
    findings.skip(
      'persistence',
      'The append-only file is off; whether there are snapshots may not be asked (CONFIG).',
      why,
    )
    return
  }
  if (save === '') {
    findings.ok('persistence', 'Nothing is kept on disk: after a crash the cache begins empty, which is safe.', why)
    return
  }
  findings.warn(
    'persistence',
    `Snapshots alone (save ${save}): a crash goes back to the last one, up to ${longestSave(save)} old.`,
    why,
    "Switch snapshots off (save ''), if the cache may begin empty; or set appendonly yes, if it should survive a crash.",
  )
}

/** `3600 1 300 100` → the longest of the spans. */
function longestSave(save: string): string {
  const spans = save
    .split(' ')
    .filter((_, n) => n % 2 === 0)
    .map(Number)
  return `${Math.round(Math.max(...spans) / 60)} min`
}

function saving(findings: Findings, settings: RedisSettings): void {
  const why = 'A server that cannot write its snapshots or its log refuses all writes (stop-writes-on-bgsave-error).'
  const bad = ['rdb_last_bgsave_status', 'aof_last_write_status', 'aof_last_bgrewrite_status'].filter(
    (name) => (settings.info(name) ?? 'ok') !== 'ok',
  )
  if (bad.length === 0) findings.ok('saving', 'The last attempts to write to disk went well.', why)
  else
    findings.fail(
      'saving',
      `It could not write to disk (${bad.join(', ')}).`,
      why,
      'Look at its log; most often the disk is full, or its folder may not be written.',
    )
}

function replicas(findings: Findings, settings: RedisSettings): void {
  const why =
    'A fail-over to a replica that lags behind takes back what was acknowledged; it is told again, unless the process that knows it has died. A master that is cut off from all replicas takes writes that are lost for certain.'
  const count = settings.replicas
  if (count === 0) {
    findings.ok('replicas', 'It has no replicas: while it is down, every process goes to the source.', why)
    return
  }
  const lags = Array.from({ length: count }, (_, n) =>
    Number(/lag=(\d+)/.exec(settings.info(`slave${n}`) ?? '')?.[1] ?? 0),
  )
  const least = settings.config('min-replicas-to-write') ?? settings.config('min-slaves-to-write')
  const found = `${count} ${count === 1 ? 'replica' : 'replicas'}, the slowest ${Math.max(...lags)} s behind; min-replicas-to-write is ${least ?? 'not told'}.`
  if (Math.max(...lags) > 10)
    findings.warn('replicas', found, why, 'Find out why the replica lags: its machine or its network is too slow.')
  else if (least === '0') {
    findings.warn(
      'replicas',
      found,
      why,
      'Set min-replicas-to-write 1 and min-replicas-max-lag 10, so that a master that is cut off takes no more writes.',
    )
  } else findings.ok('replicas', found, why)
}

function clients(findings: Findings, settings: RedisSettings): void {
  const now = settings.number('connected_clients') ?? 0
  const most = settings.number('maxclients') ?? Number(settings.config('maxclients') ?? Number.NaN)
  const why = 'Each process has two connections: one for calls, one for the feed. Who finds no place has no level.'
  if (!Number.isFinite(most)) {
    findings.skip('clients', `${now} are connected; how many may be is not told.`, why)
    return
  }
  const found = `${countText(now)} of ${countText(most)} connections are taken.`
  if (now > most * 0.8) findings.warn('clients', found, why, 'Raise maxclients, and the limit of open files with it.')
  else findings.ok('clients', found, why)
}
