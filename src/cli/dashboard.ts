import type { LevelFactory } from '../level.ts'
import { jsonText } from '../printable.ts'
import { CommandError } from './command-error.ts'
import type { Flags } from './flags.ts'
import { admission, asksForToken, interruption, listen, placeIn, serverFlags } from './panel-server.ts'
import { shardsIn } from './store-flags.ts'
import { readTarget, readTargetOf } from './target.ts'
import type { Verb } from './verb.ts'

const PORT = 7070

const HELP = `Usage: terrace dashboard --redis URL | --memcached HOSTS | --disk FILE [options]

Serves the dashboard for a fleet that runs already: the keys of its shared levels,
why a key is served or not, its servers; and invalidation, if allowed, of which all
processes hear. What each process holds in memory, and how often it hits, the
dashboard mounted in that process knows (terrace/dashboard).

  --redis URL         redis://user:password@host:6379/0; a password may be in
                      $REDISCLI_AUTH instead
  --memcached HOSTS   host:11211,host:11211
  --disk FILE         the file of a disk level
                      Two of them: levels in the order in which they stand here
  --prefix TEXT       the level's prefix, as the application has it; of the first
                      level, where there are two
  --shards N          the level's shards in Redis, if the application sets them
  --allow-changes     let visitors invalidate; without it the dashboard only shows
  --port N            default: ${PORT}; 0 for any that is free
  --host HOST         default: 127.0.0.1. Any that others reach needs a token
  --token TEXT        let in who brings it: as the password that the browser asks
                      for, or as a bearer (default: $TERRACE_TOKEN). Without it:
                      whoever is on this machine
  --json              print where it listens as JSON
  -h, --help          show this

Ctrl-C ends it.

Examples:
  terrace dashboard --redis redis://localhost:6379
  terrace dashboard --redis redis://cache:6379 --prefix shop: --allow-changes
  TERRACE_TOKEN=... terrace dashboard --redis redis://cache:6379 --host 0.0.0.0
`

/** `terrace dashboard`. */
export const verb: Verb = {
  help: HELP,
  flags: {
    redis: 'one',
    memcached: 'one',
    disk: 'one',
    prefix: 'one',
    shards: 'one',
    'allow-changes': 'switch',
    ...serverFlags,
    json: 'switch',
    help: 'switch',
  },
  run,
}

async function run(flags: Flags): Promise<number> {
  if (flags.rest.length > 0) throw CommandError.usage('dashboard takes flags alone. See terrace dashboard --help.')
  const place = placeIn(flags, PORT)
  const [{ createCache }, { dashboard, fromThisMachine }] = await Promise.all([
    import('../cache.ts'),
    import('../dashboard/index.ts'),
  ])
  const levels = await levelsIn(flags)
  const cache = createCache({ name: 'fleet', levels })
  const panel = dashboard(cache, {
    authorize: admission(place.token, fromThisMachine),
    readOnly: !flags.has('allow-changes'),
  })
  try {
    const server = await listen((request, response) => {
      if (!asksForToken(request, response, place.token)) panel.node(request, response)
    }, place)
    const { url } = server
    process.stdout.write(flags.has('json') ? `${jsonText({ url })}\n` : `The dashboard is at ${url} (Ctrl-C ends it)\n`)
    await interruption()
    await server.close()
    return 0
  } finally {
    panel.close()
    await cache.close()
  }
}

async function levelsIn(flags: Flags): Promise<LevelFactory[]> {
  shardsIn(flags)
  const named = [
    ['redis', flags.one('redis')],
    ['memcached', prefixed('memcached://', flags.one('memcached'))],
    ['disk', prefixed('file:', flags.one('disk'))],
  ] as const
  if (named.every(([, text]) => text === undefined)) {
    throw CommandError.usage('dashboard needs --redis, --memcached or --disk. See terrace dashboard --help.')
  }
  const { storeLevel } = await import('./store-cache.ts')
  const levels: LevelFactory[] = []
  for (const [kind, text] of named) {
    if (text === undefined) continue
    const target = readTarget(text)
    if (target.kind === 'dashboard') throw CommandError.usage(`${target.shown} is a dashboard already: open it`)
    const store = readTargetOf(text, [kind], `dashboard --${kind}`)
    levels.push(await storeLevel(store, flags, levels.length === 0))
  }
  return levels
}

/** A scheme may be left out where it is clear. */
function prefixed(scheme: string, text: string | undefined): string | undefined {
  return text === undefined || /^(?:[a-z]+:\/\/|file:)/.test(text) ? text : `${scheme}${text}`
}
