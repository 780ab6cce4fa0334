import { packFrame } from '../../entry/frame.ts'
import type { Terms } from '../../stores/ledger.ts'
import { RedisLedger } from '../../stores/redis/redis-ledger.ts'
import { systemWorld } from '../../world/system-world.ts'
import { timeText } from '../figures-text.ts'
import { reasonOf } from '../reason.ts'
import { answered, type RedisServer } from '../redis-server.ts'
import type { Findings } from './finding.ts'

/**
 * The shard that is used to try things out: under the prefix of the cache, so that the same rights count, and of
 * the greatest number of shards there may be, so that processes with fewer do not hear what is told of it.
 */
const SHARDS = 1024
/** Milliseconds until a notice must have come. */
const PATIENCE = 10_000
const KEY = 'doctor'
/** Any other than that of a process. */
const ORIGIN = 'd0c70d0c70d0c70d'

/**
 * Takes every step that a level takes once, for real, on a shard of its own, which is removed afterwards; and hears
 * of it through the feed.
 */
export async function tryRights(findings: Findings, server: RedisServer): Promise<void> {
  const settings = { prefix: server.prefix, shards: SHARDS, leaseTime: 1000 }
  // Its own connection stays with the server.
  const ledger = new RedisLedger({ ...pick(server), close: async () => undefined }, settings, systemWorld)
  const shard = SHARDS - 1
  const key = keyIn(ledger, shard)
  const terms = (): Terms => ({ notAfter: Number.POSITIVE_INFINITY, origin: ORIGIN, link: linkName(), reign: '' })
  const heard = Promise.withResolvers<number>()
  try {
    await hear(ledger, () => heard.resolve(systemWorld.mono()))
    const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['a read (GET)', () => ledger.get([key])],
      ['a read of several (MGET)', () => ledger.get([key, `${key}:2`])],
      ['a question for what was invalidated (script)', () => ledger.sync(shard, undefined)],
      ['a lease (script)', () => ledger.lease(shard, [key], ORIGIN)],
      ['a write (script)', () => ledger.replace(shard, [framed(key)], terms())],
      ['the end of a lease (script)', () => ledger.release(shard, [key], ORIGIN)],
      ['a new end (script)', () => ledger.expire(shard, key, 60_000, terms())],
      ['an invalidation (script)', () => ledger.raise(shard, [{ kind: 'tag', tag: KEY }], terms())],
      ['a look through the keys (SCAN)', async () => (await server.connection.masters())[0]!.send(['SCAN', '0'])],
    ]
    const sent = systemWorld.mono()
    if (await allTaken(findings, steps, server.prefix))
      await judgeFeed(findings, ledger, heard.promise, sent, server.prefix)
  } finally {
    await forget(server, shard, key)
    await ledger.close()
  }
}

function pick({ connection }: RedisServer): Omit<RedisServer['connection'], 'close'> {
  return {
    isCluster: connection.isCluster,
    database: connection.database,
    warning: connection.warning,
    listen: connection.listen,
    send: (name, command) => connection.send(name, command),
    masters: () => connection.masters(),
  }
}

const FEED =
  'Processes hear of each other’s invalidations through a channel. Without it they ask once a second, and level 1 follows that much later.'

async function hear(ledger: RedisLedger, hears: () => void): Promise<void> {
  const listening = ledger.listen?.({
    invalidated: (_, step) => {
      if (step.origin === ORIGIN) hears()
    },
    settled: () => undefined,
    interrupted: () => undefined,
  })
  await answered(listening ?? Promise.resolve()).catch(() => undefined)
}

const RIGHTS =
  'Every step of a level is a script of a few commands; a user (ACL) who may not run all of them can use none.'

/** @returns whether all were */
async function allTaken(
  findings: Findings,
  steps: readonly (readonly [string, () => Promise<unknown>])[],
  prefix: string,
): Promise<boolean> {
  for (const [what, take] of steps) {
    try {
      await answered(take())
    } catch (cause) {
      const reason = reasonOf(cause)
      findings.fail(
        'steps',
        `${what} failed: ${reason}`,
        RIGHTS,
        /NOPERM|permission/i.test(reason) ? grant(prefix) : MEND,
      )
      return false
    }
  }
  findings.ok(
    'steps',
    `All ${steps.length} kinds of steps were taken, on a shard of their own that is removed again.`,
    RIGHTS,
  )
  return true
}

function grant(prefix: string): string {
  return `Give the user the commands that docs/redis.md lists, on its keys and its channel: ACL SETUSER NAME ~${prefix}* &${prefix}#feed* +get +mget +set … +evalsha +eval +publish +subscribe`
}

const MEND = 'Mend what the server complains of: until then the level fails whenever it is asked for that.'

async function judgeFeed(
  findings: Findings,
  ledger: RedisLedger,
  heard: Promise<number>,
  sent: number,
  prefix: string,
): Promise<void> {
  if (ledger.listen === undefined) {
    findings.skip('feed', 'The client cannot open a second connection.', FEED)
    return
  }
  const late = Promise.withResolvers<undefined>()
  const cancel = systemWorld.after(PATIENCE, () => late.resolve(undefined), true)
  const at = await Promise.race([heard, late.promise])
  cancel()
  if (at !== undefined)
    findings.ok('feed', `A change was published and heard within ${timeText(at - sent)} of the first step.`, FEED)
  else {
    const change = `Let the user subscribe and publish (ACL: &${prefix}#feed* +subscribe +publish), and proxies pass such connections on.`
    findings.fail('feed', `What was published was not heard within ${PATIENCE / 1000} s.`, FEED, change)
  }
}

function framed(key: string): Parameters<RedisLedger['replace']>[1][number] {
  const payload = Buffer.alloc(8)
  const frame = packFrame({ found: true, codec: 1, payload, tags: [], version: undefined })
  return { key, frame, born: Number.POSITIVE_INFINITY, link: '', ttl: 60_000, tags: [], version: undefined }
}

/** A key of that shard. */
function keyIn(ledger: RedisLedger, shard: number): string {
  for (let n = 0; ; n++) if (ledger.shardOf(`${KEY}:${n}`) === shard) return `${KEY}:${n}`
}

function linkName(): string {
  let name = ''
  while (name.length < 12) name += Math.floor(systemWorld.random() * 16).toString(16)
  return name
}

async function forget({ connection, prefix }: RedisServer, shard: number, key: string): Promise<void> {
  const base = `${prefix}{${shard}/${SHARDS}}`
  const names = ['!state', '!keys', '!tags', '!prefixes', '!log', `:${key}`, `~${key}`].map((end) => base + end)
  await answered(connection.send(names[0]!, ['UNLINK', ...names])).catch(() => undefined)
}
