import { namespaceRoots } from '../cache/keyspace.ts'
import type { AskedScope } from '../dashboard/protocol.ts'
import { TerraceError } from '../errors.ts'
import { jsonText, printable } from '../printable.ts'
import { type Colours, coloursFor } from './colours.ts'
import { CommandError } from './command-error.ts'
import { confirm, requirePerson } from './confirm.ts'
import { DASHBOARD_HELP, dashboardFlags } from './dashboard-client.ts'
import { countText } from './figures-text.ts'
import { requireWord } from './flag-values.ts'
import type { Flags } from './flags.ts'
import { scopeText } from './inspect/record-text.ts'
import type { Count, Deed, Invalidator } from './invalidate/invalidator.ts'
import { STORE_HELP, storeFlags } from './store-flags.ts'
import { readTargetOf } from './target.ts'
import type { Verb } from './verb.ts'

const HELP = `Usage: terrace invalidate TARGET WHAT

WHAT is key KEY... | tag TAG... | prefix TEXT... | namespace NAME... | all

Invalidates in a shared level, through a cache of its own: the level's floors are
raised, so that nothing older is served or kept any more, and all processes hear
of it. On a terminal it says first how many keys that covers, and asks.

TARGET is redis://host:6379, memcached://host:11211,host:11211, or the path of a
disk level's file; or the address of a dashboard (http://…) that may change things.
Keys are as the cache knows them, with the namespace in front: users:42, or
users@3:42 where it has a codeVersion. A namespace is covered in all its versions;
one within another has that in front, in the version that is meant: users@3:posts.

  --dry-run           only count what it would cover
  --yes               do not ask
${STORE_HELP}  --json              print what was done as JSON
${DASHBOARD_HELP}  -h, --help          show this

Exit codes: 0 done, 1 a level did not take it (or it was not confirmed), 2 not
understood.

Examples:
  terrace invalidate redis://localhost:6379 key users:42 users:43
  terrace invalidate redis://cache:6379 tag team:1 --dry-run
  terrace invalidate memcached://cache1,cache2 prefix users:eu- --yes
  terrace invalidate redis://cache:6379 namespace users --yes
  terrace invalidate http://localhost:9000 all
`

const KINDS = ['key', 'tag', 'prefix', 'namespace', 'all'] as const

/** `terrace invalidate`. */
export const verb: Verb = {
  help: HELP,
  flags: { ...storeFlags, ...dashboardFlags, 'dry-run': 'switch', yes: 'switch', json: 'switch', help: 'switch' },
  words: KINDS,
  run,
}

const MOST_NAMES = 10_000
/** Names that are told one by one. */
const MOST_SHOWN = 10

async function run(flags: Flags): Promise<number> {
  const [text, kind, ...names] = flags.rest
  const target = readTargetOf(text, ['redis', 'memcached', 'disk', 'dashboard'], 'invalidate')
  const scopes = scopesIn(requireWord(kind, KINDS, 'what to invalidate'), names)
  const [isDry, isJson] = [flags.has('dry-run'), flags.has('json')]
  const asks = !isDry && !flags.has('yes')
  if (asks && isJson) throw CommandError.usage('with --json nobody is asked: say --yes, or --dry-run')
  if (asks) requirePerson()
  const invalidator =
    target.kind === 'dashboard'
      ? await (await import('./invalidate/through-dashboard.ts')).throughDashboard(target, flags)
      : await (await import('./invalidate/through-store.ts')).throughStore(target, flags)
  try {
    const colours = coloursFor(process.stdout)
    const counts = isDry || asks ? await countsOf(invalidator, scopes) : undefined
    if (counts !== undefined && !isJson) {
      const text = countsText(scopes, counts)
      // What is asked stands where the question does.
      process[isDry ? 'stdout' : 'stderr'].write(text)
    }
    if (asks)
      await confirm(`Invalidate ${scopes.length === 1 ? 'it' : `all ${scopes.length}`} in ${printable(target.shown)}?`)
    const deeds = isDry ? [] : await invalidator.invalidate(scopes)
    const ok = deeds.every(({ outcome }) => outcome !== 'pending')
    if (isJson) {
      const told = counts?.map((covers, n) => ({ ...scopes[n], covers }))
      process.stdout.write(
        `${jsonText({ target: target.shown, scopes, dryRun: isDry, counts: told ?? null, levels: deeds, ok }, 2)}\n`,
      )
    } else if (!isDry) process.stdout.write(deedsText(scopes, deeds, invalidator.spreads, colours))
    return ok ? 0 : 1
  } finally {
    await invalidator.close()
  }
}

function scopesIn(kind: (typeof KINDS)[number], names: readonly string[]): AskedScope[] {
  if (kind === 'all') {
    if (names.length > 0) throw CommandError.usage(`all takes no names, got '${printable(names[0]!, 100)}'`)
    return [{ kind }]
  }
  if (names.length === 0) throw CommandError.usage(`${kind} needs at least one name`)
  if (names.length > MOST_NAMES) throw CommandError.usage(`at most ${MOST_NAMES} names at once, got ${names.length}`)
  // The empty prefix is everything, which has a name of its own.
  if (kind === 'prefix' && names.includes('')) throw CommandError.usage("an empty prefix covers everything: say 'all'")
  return names.map((name): AskedScope => {
    if (kind === 'key') return { kind, key: name }
    if (kind === 'namespace') return { kind, namespace: namespaceName(name) }
    return kind === 'tag' ? { kind, tag: name } : { kind, prefix: name }
  })
}

/** @throws CommandError for what can be none, before anything is asked or done */
function namespaceName(name: string): string {
  try {
    namespaceRoots(name)
    return name
  } catch (error) {
    throw error instanceof TerraceError ? CommandError.usage(error.message) : error
  }
}

async function countsOf(invalidator: Invalidator, scopes: readonly AskedScope[]): Promise<(readonly Count[])[]> {
  const counts: (readonly Count[])[] = []
  for (const scope of scopes.slice(0, MOST_COUNTED)) counts.push(await invalidator.covers(scope))
  return counts
}

/** Scopes that are counted: each may take two seconds. */
const MOST_COUNTED = 100

function countsText(scopes: readonly AskedScope[], counts: readonly (readonly Count[])[]): string {
  const lines = counts.slice(0, MOST_SHOWN).map((levels, n) => {
    const each = levels.map(({ name, keys, complete }) => `${printable(name, 100)} ${keysText(keys, complete)}`)
    return `${scopeText(scopes[n]!)} covers: ${each.join(', ')}\n`
  })
  const more = scopes.length - lines.length
  return lines.join('') + (more > 0 ? `and ${countText(more)} more\n` : '')
}

function keysText(keys: number | null, complete: boolean): string {
  if (keys === null) return 'cannot be counted'
  return `${complete ? '' : 'at least '}${countText(keys)} ${keys === 1 ? 'key' : 'keys'}`
}

function deedsText(scopes: readonly AskedScope[], deeds: readonly Deed[], spreads: string, colours: Colours): string {
  const what = scopes.length === 1 ? scopeText(scopes[0]!) : `${countText(scopes.length)} ${scopes[0]!.kind} scopes`
  const lines = deeds.map(({ name, outcome }) => {
    const shown = printable(name, 100)
    if (outcome === 'pending')
      return `${colours.red('failed')}  ${shown} was not told: ${what} may still be served from there\n`
    return `${colours.green('done')}  ${shown}: ${what}\n`
  })
  return deeds.some(({ outcome }) => outcome === 'pending') ? lines.join('') : `${lines.join('')}${spreads}\n`
}
