import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PageFile } from '../dashboard/page-files.ts'
import { CONTENT_SECURITY_POLICY } from '../dashboard/protocol.ts'
import type { LevelFactory } from '../level.ts'
import { jsonText } from '../printable.ts'
import { pause } from '../world/pause.ts'
import { systemWorld } from '../world/system-world.ts'
import { CommandError } from './command-error.ts'
import { duration, wholeNumber } from './flag-values.ts'
import type { Flags } from './flags.ts'
import { interruption, listen } from './panel-server.ts'
import { readTargetOf } from './target.ts'
import type { Verb } from './verb.ts'

const PORT = 7071
const RATE = 300
/** In a Redis that others use as well. */
const PREFIX = 'terrace-demo:'

const HELP = `Usage: terrace demo [options]

Opens a small shop in this process: visitors, prices that change, a slow database,
and a cache of two levels in front of it. Its dashboard shows the levels at work;
beside it is the playground, in which nothing happens but what you do.
Only this machine can see them.

  --redis URL         a third level, which other processes can share
  --l1 N, --l2 N      entries of the levels (default: 50 and 400, of 2,000 products)
  --rate N            visits a second (default: ${RATE})
  --seconds N         close the shop after that (default: Ctrl-C)
  --port N            default: ${PORT}; 0 for any that is free
  --json              print where it listens as JSON
  -h, --help          show this

Examples:
  terrace demo
  terrace demo --redis redis://localhost:6379 --rate 2000
  terrace top http://127.0.0.1:${PORT}      in another terminal
`

/** `terrace demo`. */
export const verb: Verb = {
  help: HELP,
  flags: {
    redis: 'one',
    l1: 'one',
    l2: 'one',
    rate: 'one',
    seconds: 'one',
    port: 'one',
    json: 'switch',
    help: 'switch',
  },
  run,
}

async function run(flags: Flags): Promise<number> {
  if (flags.rest.length > 0) throw CommandError.usage('demo takes flags alone. See terrace demo --help.')
  const rate = number(flags, 'rate', 1, 20_000, RATE)
  const port = number(flags, 'port', 0, 65_535, PORT)
  const sizes = [number(flags, 'l1', 1, 100_000, 50), number(flags, 'l2', 1, 100_000, 400)]
  const seconds = flags.has('seconds') ? duration(flags, 'seconds', 1000, 86_400_000) : undefined
  const [{ createCache, memory }, { dashboard, fromThisMachine }, { readPageFiles }, { Shop }] = await Promise.all([
    import('../index.ts'),
    import('../dashboard/index.ts'),
    import('../dashboard/page-files.ts'),
    import('./demo/shop.ts'),
  ])
  const levels: LevelFactory[] = sizes.map((maxEntries) => memory({ maxEntries }))
  const redis = flags.one('redis')
  if (redis !== undefined) levels.push(await redisLevel(redis))
  const cache = createCache({ name: 'shop', levels, ttl: '10m' })
  const panel = dashboard(cache, { authorize: fromThisMachine })
  const playground = await readPageFiles('playground')
  const shop = new Shop(cache.namespace('demo'), systemWorld, rate)
  try {
    const server = await listen(
      (request, response) => {
        if (!showsPlayground(playground, request, response)) panel.node(request, response)
      },
      { host: '127.0.0.1', port, token: undefined },
    )
    const pages: Pages = { dashboard: server.url, playground: playground.size > 0 ? `${server.url}playground/` : null }
    process.stdout.write(flags.has('json') ? `${jsonText(pages)}\n` : welcome(pages))
    await Promise.race([interruption(), ...(seconds === undefined ? [] : [pause(systemWorld, seconds)])])
    await server.close()
    const { requests, hitRatio } = cache.stats()
    if (!flags.has('json')) process.stdout.write(farewell(requests, hitRatio, shop.queries))
    return 0
  } finally {
    shop.close()
    panel.close()
    await cache.close()
  }
}

interface Pages {
  readonly dashboard: string
  readonly playground: string | null
}

function number(flags: Flags, name: string, least: number, most: number, fallback: number): number {
  return flags.has(name) ? wholeNumber(flags, name, least, most) : fallback
}

async function redisLevel(url: string): Promise<LevelFactory> {
  const target = readTargetOf(url, ['redis'], 'demo --redis')
  const { RedisServer } = await import('./redis-server.ts')
  const server = await RedisServer.reach(target, { prefix: PREFIX, shards: undefined })
  await server.close()
  const { redis } = await import('../levels/redis.ts')
  return redis(server.options)
}

/** @returns whether it was asked for */
function showsPlayground(
  files: ReadonlyMap<string, PageFile>,
  { url = '/' }: IncomingMessage,
  response: ServerResponse,
): boolean {
  const [path] = url.split('?')
  if (path !== '/playground' && !path!.startsWith('/playground/')) return false
  const headers = { 'content-security-policy': CONTENT_SECURITY_POLICY, 'x-content-type-options': 'nosniff' }
  const file = files.get(path!.slice('/playground/'.length) || 'index.html')
  if (path === '/playground') response.writeHead(308, { location: './playground/' }).end()
  else if (file === undefined) response.writeHead(404, headers).end()
  else response.writeHead(200, { ...headers, 'content-type': file.type }).end(file.bytes)
  return true
}

function welcome({ dashboard, playground }: Pages): string {
  return `The shop is open.

  its dashboard   ${dashboard}
${playground === null ? '' : `  the playground  ${playground}\n`}  in a terminal   terrace top ${dashboard}

Ctrl-C closes it.
`
}

function farewell(visits: number, hitRatio: number, queries: number): string {
  const share = `${(hitRatio * 100).toFixed(1)} %`
  return `\nThe shop is closed: ${visits.toLocaleString('en-US')} visits, ${share} answered by a level, ${queries.toLocaleString('en-US')} queries of the database.\n`
}
