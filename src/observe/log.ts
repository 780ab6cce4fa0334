import { shown, TerraceError } from '../errors.ts'
import { type CacheEvent, EVENT_TYPES, type EventType } from '../events.ts'
import { type Check, callable, expected, integer, oneOf, readOptions } from '../options.ts'
import { checkWorld } from '../world/check-world.ts'
import { systemWorld } from '../world/system-world.ts'
import type { World } from '../world/world.ts'
import { byName, type Observed, type ObservedCaches } from './observed.ts'

/** A logger of pino's shape: an object and a message. `console` fits as well. */
export interface Logger {
  debug(object: object, message: string): void
  info(object: object, message: string): void
  warn(object: object, message: string): void
  error(object: object, message: string): void
  /** Asked before a line is made, where it is there. */
  isLevelEnabled?(level: string): boolean
}

/** How loud an event is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Options of {@link logEvents}. */
export interface LogOptions {
  /** Levels of single types of events, in place of the default ones. */
  readonly levels?: Partial<Readonly<Record<EventType, LogLevel>>> | undefined
  /** Lines a second for each type of event (1 to 10,000); the rest is counted, and told in one line. Default: 10. */
  readonly perSecond?: number | undefined
  /** What of a key is logged, for keys may say who somebody is: a function of it. No more than 200 characters are. Default: all of it. */
  readonly keys?: ((key: string) => string) | undefined
  /** Clock and timers. Default: the real ones. */
  readonly world?: World | undefined
}

const WORDS = ['debug', 'info', 'warn', 'error', 'silent'] as const

/** What goes wrong is loud, what others do is there for who looks for it; the daily round, which is not in this list, is silent. */
const LEVELS: Partial<Readonly<Record<EventType, LogLevel>>> = {
  grounded: 'debug',
  invalidated: 'debug',
  superseded: 'debug',
  heard: 'debug',
  levelCaughtUp: 'info',
  closed: 'info',
  breaker: 'warn',
  damaged: 'warn',
  mismatched: 'warn',
  inconsistent: 'warn',
  levelFailed: 'warn',
  lost: 'warn',
  hearing: 'warn',
  unannounced: 'warn',
  refused: 'warn',
  warning: 'warn',
  unfinished: 'warn',
  retried: 'warn',
  shed: 'warn',
  fetchFailed: 'error',
}

const PER_SECOND = 10
const A_SECOND = 1000
/** Keys or scopes of one event that are told, and characters of one text. */
const MOST_LISTED = 10
const LONGEST_TEXT = 200

/** {@link LogOptions}, checked and complete, and where the lines go. */
interface LogSettings {
  readonly logger: Logger
  readonly levels: Partial<Readonly<Record<EventType, LogLevel>>>
  readonly perSecond: number
  readonly keys: (key: string) => string
  readonly world: World
}

/** Lines of one type in the present second. */
interface Window {
  lines: number
  left: number
  /** Ends it, and tells how many were left out. */
  readonly end: () => void
}

/**
 * Writes events of one cache, or of several by name, into a structured log. Types that are `silent`
 * cost nothing; of the others only so many lines a second are written.
 *
 * @returns writes no more
 * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`, `ERR_CLOSED`
 */
export function logEvents(caches: ObservedCaches, logger: Logger, options?: LogOptions): () => void {
  const schema = {
    levels: logLevels,
    perSecond: integer(1, 10_000),
    keys: callable<(key: string) => string>(),
    world: checkWorld,
  }
  const read = readOptions('logEvents', schema, options)
  const { perSecond = PER_SECOND, keys = (key: string) => key, world = systemWorld } = read
  checkLogger(logger)
  const settings: LogSettings = { logger, levels: { ...LEVELS, ...read.levels }, perSecond, keys, world }
  const stops = [...byName(caches, 'logEvents')].map(([name, cache]) => new EventLog(name, settings).follow(cache))
  return () => {
    for (const stop of stops) stop()
  }
}

/** The lines of one cache. */
class EventLog {
  readonly #name: string
  readonly #settings: LogSettings
  readonly #windows = new Map<EventType, Window>()

  constructor(name: string, settings: LogSettings) {
    this.#name = name
    this.#settings = settings
  }

  /** @returns ends it: how many lines of the present second were left out is told before */
  follow(cache: Observed): () => void {
    const { levels } = this.#settings
    const types = EVENT_TYPES.filter((type) => (levels[type] ?? 'silent') !== 'silent')
    const stop = cache.on(types, (event) => this.#note(event))
    return () => {
      stop()
      for (const window of [...this.#windows.values()]) window.end()
    }
  }

  #note(event: CacheEvent): void {
    const { logger, perSecond } = this.#settings
    const level = this.#levelOf(event)
    if (level === 'silent' || logger.isLevelEnabled?.(level) === false) return
    const window = this.#windowOf(event.type, level)
    if (window.lines >= perSecond) window.left++
    else {
      window.lines++
      logger[level]({ cache: this.#name, event: event.type, ...this.#detailsOf(event) }, sentence(event))
    }
  }

  /** That a level answers again is no warning. */
  #levelOf(event: CacheEvent): LogLevel {
    const level = this.#settings.levels[event.type] ?? 'silent'
    return event.type === 'breaker' && event.state !== 'open' && level === 'warn' ? 'info' : level
  }

  /** The present second of a type begins with its first line, and ends with how many were left out. */
  #windowOf(type: EventType, level: Exclude<LogLevel, 'silent'>): Window {
    const present = this.#windows.get(type)
    if (present !== undefined) return present
    const end = (): void => {
      cancel()
      this.#windows.delete(type)
      if (window.left > 0) this.#tellLeft(type, level, window.left)
    }
    const cancel = this.#settings.world.after(A_SECOND, end)
    const window: Window = { lines: 0, left: 0, end }
    this.#windows.set(type, window)
    return window
  }

  #tellLeft(type: EventType, level: Exclude<LogLevel, 'silent'>, left: number): void {
    const { logger, world } = this.#settings
    try {
      logger[level]({ cache: this.#name, event: type, left }, `${left} more '${type}' events within a second`)
    } catch (cause) {
      world.background(Promise.reject(cause), 'a logger threw')
    }
  }

  /** What an event tells, with pino's name for errors; nothing in it is longer than a line should be. */
  #detailsOf(event: CacheEvent): object {
    const details: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(event)) {
      if (name === 'type') continue
      // Of a logger's own fields `level` is one.
      if (name === 'level') details.cacheLevel = value
      else if (name === 'error' || name === 'reason') details.err = value
      else if (name === 'key') details.key = this.#shown(value)
      else if (Array.isArray(value)) {
        details[name] = value.slice(0, MOST_LISTED).map((each: unknown) => this.#listed(each))
        if (value.length > MOST_LISTED) details.more = value.length - MOST_LISTED
      } else details[name] = typeof value === 'string' ? cut(value) : value
    }
    return details
  }

  #listed(each: unknown): unknown {
    if (typeof each === 'string') return this.#shown(each)
    const scope = { ...(each as Record<string, unknown>) }
    if (typeof scope.key === 'string') scope.key = this.#shown(scope.key)
    if (typeof scope.prefix === 'string') scope.prefix = this.#shown(scope.prefix)
    if (typeof scope.tag === 'string') scope.tag = cut(scope.tag)
    return scope
  }

  #shown(key: unknown): string {
    return cut(String(this.#settings.keys(String(key))))
  }
}

function sentence(event: CacheEvent): string {
  switch (event.type) {
    case 'levelFailed':
      return `${event.level} failed: ${event.operation}`
    case 'levelCaughtUp':
      return `${event.level} has been told what it had missed`
    case 'breaker': {
      const who = event.part === undefined ? event.level : `${event.part} of ${event.level}`
      return event.state === 'open'
        ? `${who} does not answer, and is not asked for a while`
        : event.state === 'closed'
          ? `${who} answers again`
          : `${who} is tried`
    }
    case 'lost':
      return `${event.level} cannot tell what was invalidated: everything held above it was dropped`
    case 'hearing':
      return event.hearing === 'nothing'
        ? `the feed of ${event.level} is not heard: what is held above it lives for a short time`
        : `the feed of ${event.level} is heard again`
    case 'unannounced':
      return `the feed of ${event.level} does not take what was changed`
    case 'warning':
      return `${event.level}: ${cut(event.text)}`
    case 'fetchFailed':
      return 'a fetcher failed'
    case 'retried':
      return 'a fetch that failed is tried again'
    case 'shed':
      return 'a fetch was not let through to the source'
    case 'damaged':
      return `${event.level} holds something damaged`
    case 'mismatched':
      return `${event.level} holds something that does not fit the schema`
    case 'inconsistent':
      return `${event.level} serves something else than ${event.against} has`
    case 'refused':
      return `${event.level} does not take a value`
    case 'unfinished':
      return 'the cache closes before all is done'
    case 'closed':
      return 'the cache is closed'
    default:
      return event.type
  }
}

function cut(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text
}

const isWord = oneOf(WORDS)

const logLevels: Check<Partial<Record<EventType, LogLevel>>> = (value, where) => {
  const schema: Partial<Record<EventType, Check<LogLevel>>> = {}
  for (const type of EVENT_TYPES) schema[type] = isWord
  return readOptions(where, schema as Record<EventType, Check<LogLevel>>, value ?? expected('an object', value, where))
}

function checkLogger(logger: unknown): void {
  const verbs = (typeof logger === 'object' && logger !== null ? logger : {}) as Record<string, unknown>
  if (['debug', 'info', 'warn', 'error'].every((verb) => typeof verbs[verb] === 'function')) return
  const text = `logEvents: expected a logger with debug, info, warn and error, got ${shown(logger)}`
  throw new TerraceError('ERR_ARGUMENT_INVALID', text)
}
