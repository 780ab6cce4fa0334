import type { ExplainAnswer } from '../dashboard/protocol.ts'
import { jsonText } from '../printable.ts'
import { coloursFor } from './colours.ts'
import { CommandError } from './command-error.ts'
import { DASHBOARD_HELP, DashboardClient, dashboardFlags } from './dashboard-client.ts'
import { wholeNumber } from './flag-values.ts'
import type { Flags } from './flags.ts'
import type { KeyRecord } from './inspect/record.ts'
import { explainedText, recordText } from './inspect/record-text.ts'
import type { Stored } from './inspect/stored.ts'
import { STORE_HELP, type StoreTarget, shardsIn, storeFlags } from './store-flags.ts'
import { readTargetOf } from './target.ts'
import type { Verb } from './verb.ts'

const HELP = `Usage: terrace inspect TARGET KEY [options]

Shows what lies in a store under a key: codec, tags, version, when it was written
and when it ends, its birth and the floors that cover it, a preview of the value,
and whether it is served. Only reads: nothing is changed, nothing is begun.

TARGET is redis://host:6379, memcached://host:11211,host:11211, or the path of a
disk level's file. With the address of a dashboard (http://…) the process behind
it is asked, and tells of all its levels, memory included. KEY is as the cache
knows it, with the namespace in front: users:42.

${STORE_HELP}  --length N          characters of the preview (default: 1000; 0 for none). What lies
                      under a name that sounds like a secret is masked
  --json              print it as JSON
${DASHBOARD_HELP}  -h, --help          show this

Exit codes: 0 something is there, 3 nothing is there, 1 it could not be asked,
2 not understood.

Examples:
  terrace inspect redis://localhost:6379 users:42
  terrace inspect memcached://cache1,cache2 users:42 --prefix shop
  terrace inspect /var/cache/shop.db users:42 --json | jq .state
  terrace inspect http://localhost:9000 users:42
  terrace inspect redis://localhost:6379 -- --a-key-with-dashes
`

/** `terrace inspect`. */
export const verb: Verb = {
  help: HELP,
  flags: { ...storeFlags, ...dashboardFlags, length: 'one', json: 'switch', help: 'switch' },
  run,
}

/** Nothing lies under the key. */
const ABSENT = 3

async function run(flags: Flags): Promise<number> {
  const [text, key, ...more] = flags.rest
  const target = readTargetOf(text, ['redis', 'memcached', 'disk', 'dashboard'], 'inspect')
  if (key === undefined || more.length > 0) throw CommandError.usage('inspect takes a target and one key')
  const length = flags.has('length') ? wholeNumber(flags, 'length', 0, 100_000) : 1000
  const isJson = flags.has('json')
  const colours = coloursFor(process.stdout)
  if (target.kind === 'dashboard') {
    const client = new DashboardClient(target, flags)
    const cache = await client.cacheName(flags.one('cache'))
    const answer = await client.post<ExplainAnswer>('explain', { cache, key })
    process.stdout.write(isJson ? `${jsonText(answer, 2)}\n` : explainedText(answer, colours))
    return answer.levels.every(({ state }) => state === 'absent') ? ABSENT : 0
  }
  const record = await recorded(target, key, length, flags)
  process.stdout.write(isJson ? `${jsonText({ target: target.shown, ...record }, 2)}\n` : recordText(record, colours))
  return record.state === 'absent' ? ABSENT : 0
}

async function recorded(target: StoreTarget, key: string, length: number, flags: Flags): Promise<KeyRecord> {
  const prefix = flags.one('prefix')
  const shards = shardsIn(flags)
  const { recordOf } = await import('./inspect/record.ts')
  const told = (stored: Stored): Promise<KeyRecord> => recordOf(key, stored, length)
  if (target.kind === 'disk') {
    const [{ DiskFile }, { diskEntry }] = await Promise.all([
      import('./disk-file.ts'),
      import('./inspect/disk-entry.ts'),
    ])
    const file = new DiskFile(target.path)
    try {
      file.requireOurs()
      return await told(diskEntry(file, key))
    } finally {
      file.close()
    }
  }
  if (target.kind === 'memcached') {
    const { MemcachedServers, requireMemcachedCache } = await import('./memcached-servers.ts')
    const { memcachedEntry } = await import('./inspect/memcached-entry.ts')
    const servers = new MemcachedServers(target, prefix)
    try {
      const record = await told(await memcachedEntry(servers, key))
      if (isNowhere(record)) await requireMemcachedCache(target, prefix)
      return record
    } finally {
      servers.close()
    }
  }
  const { RedisServer } = await import('./redis-server.ts')
  const { redisEntry } = await import('./inspect/redis-entry.ts')
  const server = await RedisServer.reach(target, { prefix, shards })
  try {
    const record = await told(await redisEntry(server, key))
    if (isNowhere(record)) await server.requireCache(target.shown)
    return record
  } finally {
    await server.close()
  }
}

/** Perhaps there is no cache of that name at all. */
function isNowhere({ state, history }: KeyRecord): boolean {
  return state === 'absent' && history === null
}
