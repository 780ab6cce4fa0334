import { EVERYTHING, type Scope } from '../entry/scope.ts'
import { shown, TerraceError } from '../errors.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import type { World } from '../world/world.ts'
import { type Cover, coveredKeys, coverOf } from './covered-keys.ts'
import type { Keyspace } from './keyspace.ts'
import type { Parts } from './parts.ts'

/** How many keys of one level an invalidation covers. */
export interface Coverage {
  readonly name: string
  /** `undefined` where the level cannot list its keys, or did not answer. */
  readonly keys: number | undefined
  /** `false`: there may be more; the counting was ended. */
  readonly complete: boolean
  /** It did not answer. */
  readonly silent?: true
}

/** Keys of a level that are looked at to count what is covered … */
export const MOST_COUNTED = 100_000
/** … and milliseconds it may take. */
export const LONGEST_COUNTING = 2000

/** Everything in a cache or a namespace, whatever version of the code it is of. */
export function scopesOf({ prefix, roots }: Keyspace): readonly Scope[] {
  return prefix === '' ? [EVERYTHING] : roots.map((root): Scope => ({ kind: 'prefix', prefix: root }))
}

/** The scope as the levels know it. @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_KEY_INVALID` */
export function scopesWithin(space: Keyspace, scope: Scope): readonly Scope[] {
  switch (scope?.kind) {
    case 'key':
      return [{ kind: 'key', key: space.check(scope.key, 'covers') }]
    case 'prefix':
      return [{ kind: 'prefix', prefix: space.check(scope.prefix, 'covers') }]
    case 'all':
      return scopesOf(space)
    case 'tag':
      if (typeof scope.tag === 'string') return [{ kind: 'tag', tag: scope.tag }]
  }
  throw new TerraceError('ERR_ARGUMENT_INVALID', `covers: expected a key, prefix, tag or all, got ${shown(scope)}`)
}

/** Counts in all levels at once. Counts as no read. */
export function coverage({ levels, world }: Parts, scopes: readonly Scope[]): Promise<Coverage[]> {
  return Promise.all(levels.map((level) => coverageOf(level, scopes, world)))
}

async function coverageOf(level: GuardedLevel, scopes: readonly Scope[], world: World): Promise<Coverage> {
  const { name, traits } = level
  const [scope] = scopes
  if (scope?.kind === 'key') {
    const finding = await level.explain(scope.key)
    if (finding === undefined) return { name, keys: undefined, complete: false, silent: true }
    return { name, keys: finding.entry === undefined ? 0 : 1, complete: true }
  }
  // What has died or was invalidated counts as well until it is taken away.
  if (scope?.kind === 'all' && traits.sized !== undefined) {
    return { name, keys: traits.sized.measure().size, complete: true }
  }
  if (traits.scans === undefined) return { name, keys: undefined, complete: false }
  const { unanswered } = level.tally
  const counting = new Counting(level, coverOf(scopes), MOST_COUNTED)
  const complete = await within(LONGEST_COUNTING, world, counting)
  // "At least none" says nothing.
  if (counting.keys === 0 && level.tally.unanswered > unanswered) {
    return { name, keys: undefined, complete: false, silent: true }
  }
  return { name, keys: counting.keys, complete }
}

/** Work that goes through many keys and may be ended on the way. */
export interface LongWork {
  /** @returns whether it came to the end */
  run(world: World): Promise<boolean>
  end(): void
}

/** Runs it for so many milliseconds at most. @returns whether it came to the end */
export async function within(ms: number, world: World, work: LongWork): Promise<boolean> {
  const deadline = Promise.withResolvers<false>()
  const cancel = world.after(ms, () => deadline.resolve(false), true)
  try {
    return await Promise.race([work.run(world), deadline.promise])
  } finally {
    work.end()
    cancel()
  }
}

/** Counts the keys of a level that are covered, until it has looked at so many. */
export class Counting implements LongWork {
  readonly #level: GuardedLevel
  readonly #cover: Cover
  readonly #most: number
  #isOver = false
  keys = 0

  constructor(level: GuardedLevel, cover: Cover, most: number) {
    this.#level = level
    this.#cover = cover
    this.#most = most
  }

  end(): void {
    this.#isOver = true
  }

  /** A key is covered. */
  protected note(_key: string, _world: World): void {
    this.keys++
  }

  async run(world: World): Promise<boolean> {
    const { unanswered } = this.#level.tally
    let seen = 0
    for await (const { looked, covered } of coveredKeys(this.#level, this.#cover, world)) {
      if (this.#isOver || seen >= this.#most) return false
      seen += looked
      for (const key of covered) this.note(key, world)
    }
    return this.#level.tally.unanswered === unanswered
  }
}
