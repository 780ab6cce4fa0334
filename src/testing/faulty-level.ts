import type { Entry } from '../entry/entry.ts'
import type { Scope } from '../entry/scope.ts'
import type { Level, LevelContext, LevelFactory, LevelTraits } from '../level.ts'
import { NO_TRAITS } from '../level.ts'
import type { World } from '../world/world.ts'

/** The calls of a level that can be made to fail. */
export type FaultyOperation = 'read' | 'write' | 'replace' | 'raise' | 'close'

/**
 * How one call goes wrong, or not:
 * - `none`: it does what it should;
 * - `throw`: it throws at once, without effect;
 * - `reject`: it rejects, without effect;
 * - `rejectAfter`: it takes effect, then rejects;
 * - `hang`: no effect, and never an answer;
 * - `hangAfter`: it takes effect and never answers;
 * - `garble`: it takes effect and answers with the wrong shape.
 */
export type Fault = 'none' | 'throw' | 'reject' | 'rejectAfter' | 'hang' | 'hangAfter' | 'garble'

/** What is to happen to one call. */
export interface Behaviour {
  readonly fault?: Fault | undefined
  /** Milliseconds before it takes effect. Default: 0, at once. */
  readonly before?: number | undefined
  /** Milliseconds between effect and answer. Default: 0. */
  readonly after?: number | undefined
}

/** Options of {@link faulty}. */
export interface FaultyOptions {
  /** The deadline the cache is to hold this level to, in milliseconds. Default: 1,000. */
  readonly timeout?: number | undefined
}

/**
 * A level that works as `make` made it, except when `behave` says otherwise: asked before each call.
 * It is asynchronous: whatever near level is inside is hidden.
 */
export function faulty(
  make: LevelFactory,
  behave: (operation: FaultyOperation, keys: readonly string[]) => Behaviour,
  options: FaultyOptions = {},
): LevelFactory {
  return (context) => new FaultyLevel(make(context), behave, context, options.timeout ?? 1000)
}

class FaultyLevel implements Level {
  readonly name: string
  readonly timeout: number
  readonly traits: LevelTraits
  readonly #inner: Level
  readonly #behave: (operation: FaultyOperation, keys: readonly string[]) => Behaviour
  readonly #world: World

  constructor(
    inner: Level,
    behave: (operation: FaultyOperation, keys: readonly string[]) => Behaviour,
    { world }: LevelContext,
    timeout: number,
  ) {
    this.name = inner.name
    this.timeout = timeout
    this.traits = {
      ...NO_TRAITS,
      inspects: inner.traits.inspects,
      explains: inner.traits.explains,
      scans: inner.traits.scans,
      sized: inner.traits.sized,
    }
    this.#inner = inner
    this.#behave = behave
    this.#world = world
  }

  read(keys: readonly string[]): ReturnType<Level['read']> {
    return this.#call('read', keys, () => this.#inner.read(keys))
  }

  write(entries: readonly Entry[]): ReturnType<Level['write']> {
    return this.#call('write', entries.map(keyOf), () => this.#inner.write(entries))
  }

  replace(entries: readonly Entry[]): ReturnType<Level['replace']> {
    return this.#call('replace', entries.map(keyOf), () => this.#inner.replace(entries))
  }

  raise(scopes: readonly Scope[]): ReturnType<Level['raise']> {
    return this.#call('raise', scopes.map(keyOf), () => this.#inner.raise(scopes))
  }

  close(): Promise<void> {
    return this.#call('close', [], () => this.#inner.close())
  }

  #call<T>(operation: FaultyOperation, keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const { fault = 'none', before = 0, after = 0 } = this.#behave(operation, keys)
    if (fault === 'throw') throw new Error(`${operation} threw`)
    return this.#live(operation, fault, before, after, work)
  }

  async #live<T>(operation: string, fault: Fault, before: number, after: number, work: () => Promise<T>): Promise<T> {
    if (before > 0) await this.#pause(before)
    if (fault === 'hang') return never()
    if (fault === 'reject') throw new Error(`${operation} failed`)
    const answer = await work()
    if (after > 0) await this.#pause(after)
    if (fault === 'hangAfter') return never()
    if (fault === 'rejectAfter') throw new Error(`${operation} failed after it took effect`)
    return fault === 'garble' ? ('garbled' as T) : answer
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#world.after(ms, resolve)
    })
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}

function keyOf(from: Entry | Scope): string {
  return 'key' in from ? from.key : from.kind
}
