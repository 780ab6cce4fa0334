import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

/**
 * What the cache in the playground is never asked for, so that its page need not carry it. Each is a way in: what
 * only such a module imports is left out with it.
 */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'src/advice/counsel.ts',
  'src/advice/level-shadows.ts',
  'src/advice/level-watch.ts',
  'src/advice/curves.ts',
  'src/advice/recency-order.ts',
  'src/advice/miniature.ts',
  'src/advice/reuse-curve.ts',
  'src/advice/shadow-plan.ts',
  'src/advice/space-sample.ts',
  'src/advice/spread.ts',
  'src/advice/level-witness.ts',
  'src/cache/amend.ts',
  'src/cache/covered-keys.ts',
  'src/cache/estimate.ts',
  'src/cache/explain.ts',
  'src/cache/following.ts',
  'src/cache/held-leases.ts',
  'src/cache/inspect.ts',
  'src/cache/namespace.ts',
  'src/cache/outside.ts',
  'src/cache/paced.ts',
  'src/cache/saved/restore.ts',
  'src/cache/saved/save.ts',
  'src/cache/warm/warm.ts',
  'src/coherence/token.ts',
  'src/entry/standard-schema.ts',
  'src/familiar-durations.ts',
  'src/familiar-names.ts',
  'src/governor/governor.ts',
  'src/governor/source-options.ts',
  'src/memory/heap-bytes.ts',
  'src/memory/protected-level.ts',
  'src/memory/tapped.ts',
  'src/observe/hit-sampling.ts',
  'src/presence/fleet-watch.ts',
  'src/presence/respondent.ts',
  'src/presence/roll-call.ts',
  'src/remote/find-in.ts',
  'src/remote/listing.ts',
  'src/verify/verification.ts',
  'src/verify/verify-options.ts',
  'src/wrapping/through.ts',
  'src/wrapping/wrap.ts',
  'src/world/system-world.ts',
])

/** What in a page, where no level is shared and none is large, may do nothing, or do it in a simpler way: what stands for it does that. */
const IDLE: Readonly<Record<string, string>> = {
  'src/advice/advisor.ts': 'export class Advisor { close() {} }',
  'src/cache/follow.ts': 'export function followAll() {}',
  'src/coherence/recent-scopes.ts': 'export class RecentScopes {}',
  'src/remote/abilities.ts': 'export class Abilities {}',
  // Nobody stands in line where there are never hundreds.
  'src/remote/turnstile.ts': 'export class Turnstile { enter() { return true } leave() {} open() {} }',
  // Both do the same; one is faster with more entries than anybody looks at.
  'src/memory/packed-cells.ts': "export { PairedCells as PackedCells } from './paired-cells.ts'",
}

const EXPORTED = /^export (?:async )?(?:class|const|function)\*? (\w+)/gm
const STAND_IN = JSON.stringify(join(ROOT, 'dashboard-ui/src/node/left-out.ts'))

/**
 * For the bundler: modules of the cache of which the page has the names only. All of them stand for one function, so
 * that a module left out costs nothing; whoever calls it, or constructs it, gets an error.
 */
export const leftOut = {
  name: 'left-out',
  load(id: string): { readonly code: string; readonly moduleType: 'js' } | undefined {
    const path = relative(ROOT, id)
    if (Object.hasOwn(IDLE, path)) return { code: IDLE[path]!, moduleType: 'js' }
    if (!LEFT_OUT.has(path)) return undefined
    const names = [...readFileSync(id, 'utf8').matchAll(EXPORTED)].map(([, name]) => `leftOut as ${name}`)
    return { code: `export { ${names.join(', ')} } from ${STAND_IN}`, moduleType: 'js' }
  },
}
