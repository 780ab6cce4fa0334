import { EVERYTHING, type Scope } from '../entry/scope.ts'
import { shown, TerraceError } from '../errors.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import type { World } from '../world/world.ts'
import type { Keyspace } from './keyspace.ts'
import type { Parts } from './parts.ts'

/** How many keys of one level an invalidation covers. */
export interface Coverage {
  readonly name: string
  /** `undefined` where the level cannot list its keys, or did not answer. */
  readonly keys: number | undefined
  /** `false`: there may be more; the counting was ended. */
  readonly complete: boolean
}

/** When the counting of a level ends: keys looked at, and milliseconds. */
const MOST_KEYS = 100_000
const LONGEST = 2000
/** Keys that are looked into at the same time for their tags, and listed before timers get a turn. */
const TOGETHER = 50
const A_TURN = 1000

/** The scope as the levels know it. @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_KEY_INVALID` */
export function scopeWithin(space: Keyspace, scope: Scope): Scope {
  switch (scope?.kind) {
    case 'key':
      return { kind: 'key', key: space.check(scope.key, 'covers') }
    case 'prefix':
      return { kind: 'prefix', prefix: space.check(scope.prefix, 'covers') }
    case 'all':
      return space.prefix === '' ? EVERYTHING : { kind: 'prefix', prefix: space.prefix }
    case 'tag':
      if (typeof scope.tag === 'string') return { kind: 'tag', tag: scope.tag }
  }
  throw new TerraceError('ERR_ARGUMENT_INVALID', `covers: expected a key, prefix, tag or all, got ${shown(scope)}`)
}

/** Counts in all levels at once. Counts as no read. */
export function coverage({ levels, world }: Parts, scope: Scope): Promise<Coverage[]> {
  return Promise.all(levels.map((level) => coverageOf(level, scope, world)))
}

async function coverageOf(level: GuardedLevel, scope: Scope, world: World): Promise<Coverage> {
  const { name, traits } = level
  if (scope.kind === 'key') {
    const finding = await level.explain(scope.key)
    return { name, keys: finding && (finding.entry === undefined ? 0 : 1), complete: finding !== undefined }
  }
  // What has died or was invalidated counts as well until it is taken away.
  if (scope.kind === 'all' && traits.sized !== undefined) {
    return { name, keys: traits.sized.measure().size, complete: true }
  }
  if (traits.scans === undefined) return { name, keys: undefined, complete: false }
  const deadline = Promise.withResolvers<undefined>()
  const cancel = world.after(LONGEST, () => deadline.resolve(undefined), true)
  const counting = new Counting(level, scope)
  try {
    const failures = level.tally.failures
    const complete = await Promise.race([counting.run(world), deadline.promise])
    return { name, keys: counting.keys, complete: complete === true && level.tally.failures === failures }
  } finally {
    counting.end()
    cancel()
  }
}

/** Goes through the keys of a level. */
class Counting {
  readonly #level: GuardedLevel
  readonly #prefix: string
  readonly #tag: string | undefined
  #isOver = false
  keys = 0

  constructor(level: GuardedLevel, scope: Scope) {
    this.#level = level
    this.#prefix = scope.kind === 'prefix' ? scope.prefix : ''
    this.#tag = scope.kind === 'tag' ? scope.tag : undefined
  }

  end(): void {
    this.#isOver = true
  }

  /** @returns whether it came to the end */
  async run(world: World): Promise<boolean> {
    let seen = 0
    let some: string[] = []
    for await (const key of this.#level.keys(this.#prefix)) {
      if (this.#isOver || seen === MOST_KEYS) return false
      // A level that lists its keys without waiting would hold up everybody else.
      if (++seen % A_TURN === 0) await new Promise<void>((resolve) => world.after(0, resolve, true))
      if (this.#tag === undefined) this.keys++
      else if (some.push(key) === TOGETHER) {
        await this.#countTagged(some, this.#tag)
        some = []
      }
    }
    if (this.#tag !== undefined) await this.#countTagged(some, this.#tag)
    return true
  }

  async #countTagged(keys: readonly string[], tag: string): Promise<void> {
    const findings = await Promise.all(keys.map((key) => this.#level.explain(key)))
    for (const finding of findings) if (finding?.entry?.tags.includes(tag)) this.keys++
  }
}
