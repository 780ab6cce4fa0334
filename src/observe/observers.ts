import type { CacheEvent, EventType, Observer, Tracer, Work, WorkDone } from '../events.ts'
import type { World } from '../world/world.ts'
import { EVENTS, type PublishedEvent, type PublishedWork, WORK } from './channels.ts'
import { Checks } from './checks.ts'
import { type HitSampler, HitSamplings } from './hit-samplings.ts'

interface Tracing {
  readonly tracer: Tracer
  /** Whether it wants the hits of level 1 as well. */
  readonly hits: boolean
}

/** What is done only while somebody hears of it. */
interface Meanwhile {
  readonly type: EventType
  readonly begin: () => () => void
  end: (() => void) | undefined
}

/**
 * Everybody who wants to be told. While there is nobody, no event is made and nothing is traced.
 *
 * Whoever hears only some types costs nothing elsewhere: a hit of level 1 asks one flag. Subscribers of
 * the diagnostics channels come and go without a word. They are looked for whenever something slower than
 * a hit happens, and get the hits from then on.
 */
export class Observers {
  /** Those who look whether what was served is right. */
  readonly checks: Checks = new Checks()
  readonly #name: string
  readonly #world: World
  readonly #all = new Set<Observer>()
  readonly #byType = new Map<EventType, Set<Observer>>()
  readonly #tracers = new Set<Tracing>()
  readonly #whiles: Meanwhile[] = []
  /** For those who do not want all hits: those that level 1 answers at once, and the others. */
  readonly #near: HitSamplings
  readonly #others: HitSamplings
  #isPublished = false
  #hearsEachHit = false
  #hearsHits = false
  #tracesHits = false

  /** @param name the name of the cache, for those who observe several */
  constructor(world: World, name: string) {
    this.#world = world
    this.#name = name
    this.#near = new HitSamplings(world)
    this.#others = new HitSamplings(world)
    this.#look()
  }

  /** Whether each hit of level 1 must be told, or traced. */
  get hearsEachHit(): boolean {
    return this.#hearsEachHit
  }

  /** The same, or some of them. */
  get hearsHits(): boolean {
    return this.#hearsHits
  }

  /** Whether a hit of level 1 is traced. */
  get tracesHits(): boolean {
    return this.#tracesHits
  }

  /** Whether somebody traces. */
  get traces(): boolean {
    return this.#tracers.size > 0 || WORK.hasSubscribers
  }

  /** Whether somebody wants events of this type. */
  hears(type: EventType): boolean {
    if (EVENTS.hasSubscribers !== this.#isPublished) this.#look()
    return this.#isHeard(type)
  }

  /**
   * @param types those wanted; all if there are none
   * @returns takes the observer away again
   */
  add(observer: Observer, types?: readonly EventType[]): () => void {
    // A registration of its own, so that one function can be added twice and removed once.
    const registration: Observer = (event) => observer(event)
    if (types === undefined) this.#all.add(registration)
    for (const type of types ?? []) {
      const among = this.#byType.get(type) ?? new Set()
      this.#byType.set(type, among.add(registration))
    }
    this.#look()
    return () => {
      this.#all.delete(registration)
      for (const type of types ?? []) {
        const among = this.#byType.get(type)
        among?.delete(registration)
        if (among?.size === 0) this.#byType.delete(type)
      }
      this.#look()
    }
  }

  /** @returns takes the tracer away again */
  addTracer(tracer: Tracer, hits: boolean): () => void {
    const tracing: Tracing = { tracer, hits }
    this.#tracers.add(tracing)
    this.#look()
    return () => {
      this.#tracers.delete(tracing)
      this.#look()
    }
  }

  /**
   * Tells of about `perSecond` hits a second that level 1 answered at once, and of as many others.
   *
   * @returns ends it
   */
  sample(perSecond: number, tell: HitSampler): () => void {
    const safely: HitSampler = (key, hits, level) => {
      try {
        tell(key, hits, level)
      } catch (cause) {
        this.#warn(cause, 'an observer threw at a sampled hit')
      }
    }
    const stops = [this.#near, this.#others].map((samplings) => samplings.add(perSecond, safely))
    this.#look()
    return () => {
      for (const stop of stops) stop()
      this.#look()
    }
  }

  /** Nobody is told of hits any more, and nothing checked. */
  endSamples(): void {
    this.checks.close()
    this.#near.close()
    this.#others.close()
    this.#look()
  }

  /** Level 1 has answered at once: for those who want some of its hits. */
  sampleNear(key: string, level: string): void {
    this.#near.hit(key, level)
  }

  /** A level was asked and has answered: the same. */
  sampleOthers(key: string, level: string): void {
    this.#others.hit(key, level)
  }

  /** Calls `begin` when there is somebody who hears this type, and what that returns when there is nobody any more. */
  whileHeard(type: EventType, begin: () => () => void): void {
    this.#whiles.push({ type, begin, end: undefined })
    this.#look()
  }

  tell(event: CacheEvent): void {
    if (EVENTS.hasSubscribers !== this.#isPublished) this.#look()
    for (const observer of this.#all) this.#tell(observer, event)
    const among = this.#byType.get(event.type)
    if (among !== undefined) for (const observer of among) this.#tell(observer, event)
    if (this.#isPublished) EVENTS.publish({ cache: this.#name, event } satisfies PublishedEvent)
  }

  /**
   * Does a piece of work, with all tracers around it.
   *
   * @param run must not throw, only reject
   * @param done what to tell them of its outcome; what it throws they are told as its failure
   */
  trace<T>(work: Work, run: () => Promise<T>, done?: (outcome: T) => WorkDone): Promise<T> {
    return this.traces ? this.#trace(this.#tracers, work, run, done) : run()
  }

  /** {@link Observers.trace} for what level 1 answers at once. */
  traceHit(work: Work, run: () => Promise<void>): Promise<void> {
    const wanting = [...this.#tracers].filter(({ hits }) => hits)
    return this.#trace(wanting, work, run, () => ({ found: 1 }))
  }

  /** Starts work that nobody awaits; `why` names it. */
  background(why: string, run: () => Promise<unknown>): void {
    this.#world.background(this.trace({ kind: 'background', why }, run), why)
  }

  #trace<T>(
    tracings: Iterable<Tracing>,
    work: Work,
    run: () => Promise<T>,
    done: (outcome: T) => WorkDone = () => ({}),
  ): Promise<T> {
    let traced = run
    for (const { tracer } of tracings) traced = this.#around(tracer, work, traced, done)
    if (WORK.hasSubscribers) traced = this.#around(this.#publish, work, traced, done)
    return traced()
  }

  /** Whatever the tracer does, the work is done once, and its outcome is the work's. */
  #around<T>(tracer: Tracer, work: Work, run: () => Promise<T>, done: (outcome: T) => WorkDone): () => Promise<T> {
    return () => {
      let outcome: Promise<T> | undefined
      let failure: { readonly cause: unknown } | undefined
      const watched = (): Promise<WorkDone> => {
        outcome ??= run()
        const told = outcome.then(done)
        told.catch((cause: unknown) => (failure = { cause }))
        return told
      }
      try {
        // A tracer that passes on what it awaits fails as the work does: nothing to report.
        Promise.resolve(tracer(work, watched)).catch((cause: unknown) => {
          if (failure === undefined || cause !== failure.cause) this.#warn(cause, `a tracer failed at '${work.kind}'`)
        })
      } catch (cause) {
        this.#warn(cause, `a tracer threw at '${work.kind}'`)
      }
      // Who calls it later gets what is under way.
      outcome ??= run()
      return outcome
    }
  }

  readonly #publish: Tracer = (work, run) =>
    WORK.tracePromise(run, { ...work, cache: this.#name } satisfies PublishedWork)

  #tell(observer: Observer, event: CacheEvent): void {
    try {
      const answer: unknown = observer(event)
      // One that is asynchronous fails later, which would end the process. What it does is no work of the cache's.
      if (answer instanceof Promise) {
        answer.catch((cause: unknown) => this.#warn(cause, `an observer failed at '${event.type}'`))
      }
    } catch (cause) {
      this.#warn(cause, `an observer threw at '${event.type}'`)
    }
  }

  #look(): void {
    this.#isPublished = EVENTS.hasSubscribers
    this.#tracesHits = WORK.hasSubscribers || [...this.#tracers].some(({ hits }) => hits)
    this.#hearsEachHit = this.#tracesHits || this.#isHeard('hit')
    this.#hearsHits = this.#hearsEachHit || this.#near.size > 0
    for (const each of this.#whiles) {
      const isHeard = this.#isHeard(each.type)
      if (isHeard && each.end === undefined) each.end = each.begin()
      else if (!isHeard && each.end !== undefined) {
        each.end()
        each.end = undefined
      }
    }
  }

  #isHeard(type: EventType): boolean {
    return this.#isPublished || this.#all.size > 0 || this.#byType.has(type)
  }

  #warn(cause: unknown, why: string): void {
    this.#world.background(Promise.reject(cause), why)
  }
}
