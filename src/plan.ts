import { type AdviceOptions, type AdviceSettings, adviceCheck, DEFAULT_ADVICE } from './advice/advice-options.ts'
import { DEFAULT_TERMS, type FreshnessOptions, freshnessSchema, type Terms, termsIn, withTerms } from './cache/terms.ts'
import { type Duration, milliseconds } from './duration.ts'
import { type ErrorCode, shown, TerraceError } from './errors.ts'
import type { CacheEvent, Observer } from './events.ts'
import { familiar } from './familiar-names.ts'
import { type SourceOptions, type SourceSettings, sourceCheck } from './governor/source-options.ts'
import type { Level, LevelContext, LevelFactory } from './level.ts'
import { memory } from './memory/memory.ts'
import { MEMORY_OPTIONS } from './memory/memory-options.ts'
import { callable, expected, flag, integer, number, oneOf, readOptions, text } from './options.ts'
import { checkWorld } from './world/check-world.ts'
import { systemWorld } from './world/system-world.ts'
import type { WaitUntil } from './world/watched-world.ts'
import type { World } from './world/world.ts'

/** Options of `createCache`. */
export interface CacheOptions extends FreshnessOptions {
  /** What the cache is called in metrics, traces and logs: 1 to 100 characters. Default: `cache`. */
  readonly name?: string | undefined
  /** Where values are kept, the nearest first: at most 10. Default: `[memory()]`. */
  readonly levels?: readonly LevelFactory[] | undefined
  /** How long a value may be served when neither the call nor the fetcher says. 0 keeps nothing, but stale copies where there is a `staleFor`. Default: `Infinity`. */
  readonly ttl?: Duration | undefined
  /** Fraction of its ttl, drawn at random up to this (0 to 1), that each value loses, so that values kept together do not end together. Default: 0. */
  readonly ttlJitter?: number | undefined
  /** The longest key accepted, in UTF-16 units. Default: 1,048,576. */
  readonly maxKeyLength?: number | undefined
  /**
   * What a process does whose shared level cannot be reached for longer than its `maxStaleness`: `serve`
   * what level 1 has, or `fetch` from the source. Default: `serve`.
   */
  readonly whenCutOff?: 'serve' | 'fetch' | undefined
  /** Whether one process of the fleet fetches a key while the others wait, where a level can arrange it. Default: `true`. */
  readonly leases?: boolean | undefined
  /**
   * What this process is called on dashboards of others that share a level with it: 1 to 100 characters;
   * `false`: it does not answer when they ask who is there. Default: its host and its id.
   */
  readonly presence?: string | false | undefined
  /**
   * Whether it is measured, from a sample of the reads, what other sizes and policies would bring each level
   * (`cache.advice()`). `false`: never. Default: once a dashboard is given the cache.
   */
  readonly advice?: boolean | AdviceOptions | undefined
  /** How the source is spared: how many fetches at a time, and whether one that failed is tried again. Default: no limit, no retries. */
  readonly source?: SourceOptions | undefined
  /** Told every event. Default: nobody; more can be added with `cache.on`. */
  readonly observe?: Observer | undefined
  /**
   * Told each piece of work that nobody awaits, as a promise that settles when it is done and never rejects: so a
   * platform that puts a process to sleep after its answer knows when it may. What it throws is reported once.
   * Default: nobody.
   */
  readonly waitUntil?: WaitUntil | undefined
  /** Clock, timers and randomness. Default: the real ones. */
  readonly world?: World | undefined
}

/** {@link CacheOptions}, checked and complete. */
export interface Plan {
  readonly name: string
  readonly levels: readonly LevelFactory[]
  /** How values are kept fresh where a call does not say. */
  readonly terms: Terms
  readonly maxKeyLength: number
  readonly whenCutOff: 'serve' | 'fetch'
  readonly leases: boolean
  readonly presence: string | false | undefined
  readonly advice: AdviceSettings
  readonly source: SourceSettings | undefined
  readonly observe: Observer | undefined
  readonly waitUntil: WaitUntil | undefined
  readonly world: World
}

const MOST_LEVELS = 10
const LONGEST_KEY = 2 ** 20
const LONGEST_NAME = 100

const schema = {
  name: text(LONGEST_NAME),
  levels: levelFactories,
  ...freshnessSchema,
  ttl: milliseconds,
  ttlJitter: number(0, 1),
  maxKeyLength: integer(1, 2 ** 29),
  whenCutOff: oneOf(['serve', 'fetch']),
  leases: flag,
  presence: presenceName,
  advice: adviceCheck,
  source: sourceCheck,
  observe: callable<Observer>(),
  waitUntil: callable<WaitUntil>(),
  world: checkWorld,
}

/** @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` */
export function makePlan(options: CacheOptions | undefined): Plan {
  if (typeof options === 'function' || Array.isArray(options)) {
    return expected('an object of options', options, 'createCache', 'createCache({ levels: [memory()] })')
  }
  checkPlaces(options)
  const read = readOptions('createCache', schema, options)
  return Object.freeze({
    name: read.name ?? 'cache',
    levels: read.levels ?? [memory()],
    terms: Object.freeze(withTerms(DEFAULT_TERMS, termsIn(read))),
    maxKeyLength: read.maxKeyLength ?? LONGEST_KEY,
    whenCutOff: read.whenCutOff ?? 'serve',
    leases: read.leases ?? true,
    presence: read.presence,
    advice: read.advice ?? DEFAULT_ADVICE,
    source: read.source,
    observe: read.observe,
    waitUntil: read.waitUntil,
    world: read.world ?? systemWorld,
  })
}

/** An option of level 1 that was given to the cache, as caches of one level have it. */
function checkPlaces(options: CacheOptions | undefined): void {
  for (const name of Object.keys(options ?? {})) {
    if (Object.hasOwn(schema, name)) continue
    const meant = familiar(name, MEMORY_OPTIONS) ?? name
    if (Object.hasOwn(schema, meant) || !MEMORY_OPTIONS.includes(meant)) continue
    const text = `createCache: there is no option '${name}'. Give it to a level: levels: [memory({ ${meant}: … })]`
    throw new TerraceError('ERR_OPTION_UNKNOWN', text)
  }
}

/** Makes the levels of a plan and checks what their makers returned. */
export function makeLevels(plan: Plan, report: (event: CacheEvent) => void): Level[] {
  const levels = plan.levels.map((make, n) => {
    const level = made(make, n, { name: `L${n + 1}`, world: plan.world, report })
    return isLevel(level) ? level : expected('a maker of levels', level, `createCache: levels[${n}] returned`)
  })
  for (const [n, { name }] of levels.entries()) {
    if (levels.findIndex((other) => other.name === name) === n) continue
    throw new TerraceError('ERR_OPTION_INVALID', `createCache: levels[${n}]: another level is named '${name}' already`)
  }
  return levels
}

/** Calls a maker of levels. One of ours that was given without being called takes the context for its options, or its store. */
function made(make: LevelFactory, n: number, context: LevelContext): unknown {
  try {
    return make(context)
  } catch (cause) {
    if (!(cause instanceof TerraceError) || OURS.get(make.name) !== cause.code) throw cause
    const text = `createCache: levels[${n}]: expected ${make.name}(…), got ${make.name}: call it`
    throw new TerraceError('ERR_OPTION_INVALID', text, { cause })
  }
}

/** What makes levels here, and what each says of the context. */
const OURS: ReadonlyMap<string, ErrorCode> = new Map([
  ['redis', 'ERR_OPTION_UNKNOWN'],
  ['memcached', 'ERR_OPTION_UNKNOWN'],
  ['disk', 'ERR_OPTION_UNKNOWN'],
  ['keyv', 'ERR_ARGUMENT_INVALID'],
  ['fromSync', 'ERR_ARGUMENT_INVALID'],
  ['fromAsync', 'ERR_ARGUMENT_INVALID'],
])
const VERBS = ['read', 'write', 'replace', 'raise', 'close'] as const

function isLevel(value: unknown): value is Level {
  if (typeof value !== 'object' || value === null) return false
  const level = value as Record<string, unknown>
  return (
    typeof level.name === 'string' &&
    typeof level.timeout === 'number' &&
    level.timeout > 0 &&
    typeof level.traits === 'object' &&
    level.traits !== null &&
    VERBS.every((verb) => typeof level[verb] === 'function')
  )
}

function presenceName(value: unknown, where: string): string | false {
  if (value === false || (typeof value === 'string' && value.length > 0 && value.length <= LONGEST_NAME)) return value
  return expected(`a name of 1 to ${LONGEST_NAME} characters, or false`, value, where)
}

function levelFactories(value: unknown, where: string): readonly LevelFactory[] {
  if (typeof value === 'function') {
    const text = `${where}: expected an array of levels, got one level: write [memory()], with brackets`
    throw new TerraceError('ERR_OPTION_INVALID', text)
  }
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_LEVELS) {
    return expected(`an array of 1 to ${MOST_LEVELS} levels`, value, where)
  }
  for (const [n, level] of value.entries()) {
    if (level === memory)
      throw new TerraceError('ERR_OPTION_INVALID', `${where}[${n}]: expected memory(), got memory: call it`)
    if (typeof level === 'function') continue
    const hint =
      'a level: memory(…), redis(…), disk(…), memcached(…), or an object of your own through fromSync(…) or fromAsync(…)'
    throw new TerraceError('ERR_OPTION_INVALID', `${where}[${n}]: expected ${hint}, got ${shown(level)}`)
  }
  return Object.freeze([...value])
}
