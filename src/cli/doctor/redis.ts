import { TerraceError } from '../../errors.ts'
import { clusterIn } from '../../stores/redis/cluster-info.ts'
import type { Master } from '../../stores/redis/connection.ts'
import { loadClient } from '../../stores/redis/made-client.ts'
import { textOf } from '../../stores/redis/replies.ts'
import { systemWorld } from '../../world/system-world.ts'
import { countText } from '../figures-text.ts'
import { reasonOf } from '../reason.ts'
import { answered, type RedisNaming, RedisServer } from '../redis-server.ts'
import type { RedisTarget } from '../target.ts'
import { judgeClock } from './clock.ts'
import { Findings } from './finding.ts'
import { judgeLatency, timesOf } from './latency.ts'
import { tryRights } from './redis-rights.ts'
import { REDIS_SERVER_CHECKS } from './redis-server-checks.ts'
import { type Ask, RedisSettings } from './redis-settings.ts'

/** Looks at a Redis or a cluster. Everything it writes is on a shard of its own, and removed. */
export async function examineRedis(target: RedisTarget, naming: RedisNaming, pings: number): Promise<Findings> {
  const findings = new Findings()
  let server: RedisServer
  try {
    await loadClient()
  } catch (cause) {
    findings.fail('reachable', reasonOf(cause), UNREACHED, 'Install that package: the server has not been asked yet.')
    return findings
  }
  try {
    server = await RedisServer.reach(target, naming)
  } catch (cause) {
    // What was typed is wrong: nothing was asked.
    if (cause instanceof TerraceError) throw cause
    findings.fail(
      'reachable',
      reasonOf(cause),
      UNREACHED,
      'See that the server runs, that this machine may connect to it, and that user, password and TLS are right.',
    )
    return findings
  }
  try {
    const what = server.isCluster ? 'a Redis Cluster' : 'a Redis server'
    findings.ok(
      'reachable',
      `It is ${what}, and lets us in.`,
      'Calls wait for the connection as part of their deadline.',
    )
    const masters = await answered(server.connection.masters())
    for (const master of masters)
      await examineMaster(server.isCluster ? findings.of(master.address) : findings, master, pings)
    if (server.isCluster) await examineCluster(findings, server, masters)
    await tryRights(findings, server)
    return findings
  } finally {
    await server.close()
  }
}

const UNREACHED = 'A level that cannot be reached is passed by: every process goes to the source by itself.'

async function examineMaster(findings: Findings, master: Master, pings: number): Promise<void> {
  const ask: Ask = (...command) => answered(master.send(command))
  try {
    judgeLatency(findings, await timesOf(pings, () => ask('PING')))
    const settings = await RedisSettings.of(ask)
    for (const check of REDIS_SERVER_CHECKS) check(findings, settings)
    await examineClock(findings, ask)
  } catch (cause) {
    findings.fail(
      'answers',
      `It stopped answering: ${reasonOf(cause)}`,
      'Calls that are not answered in time count as failed, and open the breaker of the level.',
      'See what the server does: a slow command, a fork for a snapshot, swapping.',
    )
  }
}

/** Of several looks that which was answered soonest. */
async function examineClock(findings: Findings, ask: Ask): Promise<void> {
  let best = { offset: 0, uncertainty: Number.POSITIVE_INFINITY }
  for (let n = 0; n < 5; n++) {
    const sent = systemWorld.wall()
    const reply = await ask('TIME')
    const now = systemWorld.wall()
    const [seconds, micros] = (Array.isArray(reply) ? reply : []).map((part) => Number(textOf(part)))
    // The wall clock here tells whole milliseconds.
    const uncertainty = (now - sent) / 2 + 1
    if (uncertainty < best.uncertainty)
      best = { offset: seconds! * 1000 + micros! / 1000 - (sent + now) / 2, uncertainty }
  }
  judgeClock(findings, best.offset, best.uncertainty, 'redis')
}

const SLOTS = 16_384

async function examineCluster(findings: Findings, server: RedisServer, masters: readonly Master[]): Promise<void> {
  const why =
    'Keys of slots that nobody serves fail; those of a master without a replica fail for as long as it is down.'
  let cluster: ReturnType<typeof clusterIn>
  try {
    const [info, nodes] = await Promise.all([
      answered(masters[0]!.send(['CLUSTER', 'INFO'])),
      answered(masters[0]!.send(['CLUSTER', 'NODES'])),
    ])
    cluster = clusterIn(textOf(info), textOf(nodes))
  } catch (cause) {
    findings.skip('slots', `The cluster may not be asked: ${reasonOf(cause)}`, why)
    return
  }
  const { slots, state, nodes } = cluster
  const found = `${countText(slots)} of ${countText(SLOTS)} slots are served; the state is ${state}.`
  if (slots < SLOTS || state !== 'ok') {
    findings.fail(
      'slots',
      found,
      why,
      'Bring the missing masters back, or give their slots away (redis-cli --cluster fix).',
    )
  } else findings.ok('slots', found, why)
  const down = nodes.filter(({ isUp }) => !isUp).map(({ address }) => address)
  const bare = nodes.filter(({ role, slots: own, address }) => {
    return role === 'master' && own > 0 && !nodes.some((node) => node.isUp && node.master === address)
  })
  const bareText = bare.map(({ address }) => address).join(', ')
  if (down.length > 0)
    findings.warn('nodes', `Not up: ${down.join(', ')}.`, why, 'Start them again, or forget them (CLUSTER FORGET).')
  else if (bare.length > 0)
    findings.warn('nodes', `Without a replica: ${bareText}.`, why, 'Give each master a replica, on another machine.')
  else findings.ok('nodes', `All ${nodes.length} nodes are up, and each master has a replica.`, why)
  const shards = server.names.shards.length
  const count = nodes.filter(({ role, slots: own }) => role === 'master' && own > 0).length
  const whyShards =
    'A shard of the cache lies on one master: with fewer shards than masters some masters have nothing to do.'
  const shardText = `${shards} shards over ${count} masters.`
  if (shards < 2 * count)
    findings.warn(
      'shards',
      shardText,
      whyShards,
      `Set shards to ${4 * count} or more, in every process at once: another number is another cache.`,
    )
  else findings.ok('shards', shardText, whyShards)
}
