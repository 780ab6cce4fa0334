import { createCache } from '../../cache.ts'
import { memcached } from '../../levels/memcached.ts'
import type { MemcachedNode } from '../../stores/memcached/memcached-node.ts'
import { systemWorld } from '../../world/system-world.ts'
import { bytesText, countText } from '../figures-text.ts'
import { MemcachedServers } from '../memcached-servers.ts'
import type { MemcachedTarget } from '../target.ts'
import { reasonWithHint } from '../unreachable.ts'
import { judgeClock } from './clock.ts'
import { Findings } from './finding.ts'
import { judgeLatency, timesOf } from './latency.ts'

type Stats = ReadonlyMap<string, string>

const MIB = 2 ** 20

/** Looks at the servers of a Memcached level. What it writes is under a prefix of its own, and ends within a minute. */
export async function examineMemcached(
  target: MemcachedTarget,
  prefix: string | undefined,
  pings: number,
): Promise<Findings> {
  const findings = new Findings()
  const servers = new MemcachedServers(target, prefix)
  const { nodes } = servers.client
  const versions = new Set<string>()
  try {
    for (const node of nodes) {
      const own = nodes.length === 1 ? findings : findings.of(node.name)
      const version = await examineNode(own, node, pings, target)
      if (version !== undefined) versions.add(version)
    }
  } finally {
    servers.close()
  }
  if (versions.size > 1) {
    const why = 'Nodes of different versions behave differently under pressure; it hides the cause of trouble.'
    findings.warn('versions', `The nodes have ${[...versions].join(' and ')}.`, why, 'Bring all to the same version.')
  }
  if (versions.size > 0) await tryLevel(findings, target)
  return findings
}

/** @returns its version; `undefined` if it does not answer */
async function examineNode(
  findings: Findings,
  node: MemcachedNode,
  pings: number,
  target: MemcachedTarget,
): Promise<string | undefined> {
  try {
    await node.ask('mn\r\n')
    findings.ok('reachable', 'It answers the meta protocol.', REACH)
    judgeLatency(findings, await timesOf(pings, () => node.ask('mn\r\n')))
    const [general, settings] = [await node.ask('stats\r\n'), await node.ask('stats settings\r\n')]
    // Of the two things that are called so, one is whether there are any.
    const evicts = settings.stats?.get('evictions') ?? 'on'
    const stats = new Map([...(settings.stats ?? []), ...(general.stats ?? []), ['evicts', evicts]])
    for (const check of CHECKS) check(findings, stats)
    await examineClock(findings, node)
    return stats.get('version')
  } catch (cause) {
    findings.fail(
      'reachable',
      reasonWithHint(target, cause),
      REACH,
      'See that it runs, is 1.6 or later, and that this machine may connect to it.',
    )
    return undefined
  }
}

const REACH = 'The keys of a node that is down stay its own: they are fetched by each process until it is back.'

const CHECKS: readonly ((findings: Findings, stats: Stats) => void)[] = [
  version,
  itemVersions,
  itemSize,
  memory,
  evictions,
  crawler,
  connections,
]

function version(findings: Findings, stats: Stats): void {
  const text = stats.get('version') ?? '?'
  const [major = 0, minor = 0] = text.split('.').map(Number)
  const why = 'Terrace speaks the meta protocol, which is complete since 1.6.'
  if (major > 1 || (major === 1 && minor >= 6)) findings.ok('version', `It is memcached ${text}.`, why)
  else findings.fail('version', `It is memcached ${text}.`, why, 'Upgrade to 1.6 or later.')
}

function itemVersions(findings: Findings, stats: Stats): void {
  const why =
    'What was fetched is stored only if the item is still the version that was read: without versions nothing is kept.'
  if (stats.get('cas_enabled') === 'no')
    findings.fail('item-versions', 'Item versions are off.', why, 'Start it without -C.')
  else findings.ok('item-versions', 'Items have versions (cas).', why)
}

function itemSize(findings: Findings, stats: Stats): void {
  const most = numberIn(stats, 'item_size_max')
  const why = 'A value above the limit is refused, and then the server holds none under that key.'
  if (most === undefined) {
    findings.skip('item-size', 'The limit is not told.', why)
    return
  }
  const found = `An item may have ${bytesText(most)}.`
  if (most < MIB) findings.warn('item-size', found, why, 'Start it with -I 1m or more.')
  else findings.ok('item-size', found, why)
}

function memory(findings: Findings, stats: Stats): void {
  const [used, most] = [numberIn(stats, 'bytes') ?? 0, numberIn(stats, 'limit_maxbytes') ?? 0]
  const why = 'When memory is full, what was used least recently makes room; with -M nothing does, and sets fail.'
  const found = `${bytesText(used)} of ${bytesText(most)} are in use.`
  if (stats.get('evicts') === 'off') findings.warn('memory', `${found} Eviction is off.`, why, 'Start it without -M.')
  else if (most < 64 * MIB)
    findings.warn('memory', found, why, 'Start it with -m 1024 or whatever the machine can spare, in MB.')
  else findings.ok('memory', found, why)
}

function evictions(findings: Findings, stats: Stats): void {
  const evicted = numberIn(stats, 'evictions') ?? 0
  const items = numberIn(stats, 'curr_items') ?? 0
  const hours = (numberIn(stats, 'uptime') ?? 0) / 3600
  const why = 'Evicted values have to be fetched again; very many mean that it is too small.'
  const found =
    evicted === 0
      ? 'Nothing was evicted since it started.'
      : `${countText(evicted)} items were evicted since it started (${hours < 1 ? 'within the hour' : `${Math.round(hours)} hours ago`}); it holds ${countText(items)}.`
  if (evicted / Math.max(1, hours) > Math.max(1000, items)) {
    findings.warn(
      'evictions',
      found,
      why,
      'Give it more memory (-m), or add a node: everything is replaced within an hour.',
    )
  } else findings.ok('evictions', found, why)
}

function crawler(findings: Findings, stats: Stats): void {
  const why =
    'Items that have ended, the empty ones that misses leave among them, take memory until somebody looks; the crawler does.'
  const isOff = ['lru_crawler', 'lru_maintainer_thread'].filter((name) => stats.get(name) === 'no')
  if (isOff.length === 0) findings.ok('lru-crawler', 'The LRU crawler and its maintainer run.', why)
  else
    findings.warn(
      'lru-crawler',
      `Off: ${isOff.join(', ')}.`,
      why,
      'Start it with -o modern (the default since 1.5), without no_lru_crawler.',
    )
}

function connections(findings: Findings, stats: Stats): void {
  const [now, most] = [
    numberIn(stats, 'curr_connections') ?? 0,
    numberIn(stats, 'maxconns') ?? numberIn(stats, 'max_connections'),
  ]
  const why = 'Each process has one connection to each node. Who finds no place has no level.'
  if (most === undefined) {
    findings.skip('connections', `${countText(now)} are open; how many may be is not told.`, why)
    return
  }
  const found = `${countText(now)} of ${countText(most)} connections are taken.`
  if (now > most * 0.8) findings.warn('connections', found, why, 'Start it with a greater -c.')
  else findings.ok('connections', found, why)
}

async function examineClock(findings: Findings, node: MemcachedNode): Promise<void> {
  const sent = systemWorld.wall()
  const { stats } = await node.ask('stats\r\n')
  const now = systemWorld.wall()
  const seconds = numberIn(stats ?? new Map(), 'time')
  if (seconds === undefined) return
  // It tells whole seconds, and looks at its clock once a second.
  judgeClock(findings, seconds * 1000 + 500 - (sent + now) / 2, (now - sent) / 2 + 1500, 'memcached')
}

/** Writes, reads and invalidates through a cache, on every node. */
async function tryLevel(findings: Findings, { nodes, tls }: MemcachedTarget): Promise<void> {
  const why =
    'A read takes a placeholder and its version, a write compares it, an invalidation leaves a tombstone: every node has to do all of that.'
  const prefix = `terrace-doctor-${Math.floor(systemWorld.random() * 2 ** 32).toString(36)}`
  const cache = createCache({ levels: [memcached({ nodes, tls, prefix, timeout: 10_000 })], ttl: '30s' })
  try {
    // So many that no node is left out.
    const keys = Array.from({ length: nodes.length * 20 }, (_, n) => `doctor:${n}`)
    await cache.setMany(keys.map((key) => [key, key] as const))
    const kept = (await cache.getMany(keys)).filter((value) => value !== undefined).length
    const { ok } = await cache.clear()
    const left = (await cache.getMany(keys)).filter((value) => value !== undefined).length
    if (kept === keys.length && ok && left === 0) {
      findings.ok(
        'steps',
        `${keys.length} values were written, read and invalidated, under a prefix of their own.`,
        why,
      )
    } else {
      const found = `Of ${keys.length} values ${kept} were read back, and ${left} after they were invalidated.`
      findings.fail('steps', found, why, 'See which node is not reachable or refuses writes (above).')
    }
  } finally {
    await cache.close()
  }
}

function numberIn(stats: Stats, name: string): number | undefined {
  const value = Number(stats.get(name) ?? Number.NaN)
  return Number.isFinite(value) ? value : undefined
}
