import { DAWN, type Era } from '../entry/era.ts'
import { keyScope, type Scope } from '../entry/scope.ts'
import { TerraceError } from '../errors.ts'
import type { Follower } from '../level.ts'
import { within } from '../remote/deadline.ts'
import type { Framed, Invalidation, Ledger, Point, Step, Terms } from '../stores/ledger.ts'
import type { Cancel, World } from '../world/world.ts'
import { beforeEnd } from './before-end.ts'
import { LastWrite } from './last-write.ts'
import { OwnScopes } from './own-scopes.ts'
import { Questions } from './questions.ts'
import { hex } from './random-name.ts'
import { ShardGate } from './shard-gate.ts'
import { ShardMirror } from './shard-mirror.ts'
import { Silence } from './silence.ts'
import type { StoreClock } from './store-clock.ts'

// Longer than files are here: hearing, asking and healing are one state machine over the same fields, and each
// part of it has to be read beside the others. What could be told apart lies in files of its own: the mirror, the
// gate, silence, gathering.

/** What the links of one ledger have in common. */
export interface LinkContext {
  readonly ledger: Ledger
  readonly world: World
  readonly clock: StoreClock
  /** Who this process is: 16 hexadecimal digits. */
  readonly origin: string
  /** Milliseconds one call may take. */
  readonly timeout: number
  readonly follower: Omit<Follower, 'carriesOn'>
  /** Called when a link has proof that it has heard everything. */
  readonly proved: () => void
}

/** How long a step that is missing may still come by itself, in milliseconds. */
const PATIENCE = 50
const MOST_TRIES = 4
const MOST_MEANWHILE = 1000

/**
 * One shard of a ledger, followed: its mirror, kept up with what the feed tells and the shard answers.
 *
 * While it is not trusted (never asked, or its history turned out to be another) nothing it holds is
 * served, and whoever wants something waits until it has been asked. If it has lost what this process
 * had told it, it is told again before it is trusted.
 */
export class ShardLink {
  readonly mirror: ShardMirror = new ShardMirror()
  readonly #shard: number
  readonly #context: LinkContext
  readonly #own: OwnScopes
  readonly #lastWrite = new LastWrite()
  readonly #gate: ShardGate
  readonly #silence: Silence
  #trusted = false
  #provenAt = Number.NEGATIVE_INFINITY
  readonly #questions: Questions
  /** What the feed told while the shard was being asked: it may have happened after the answer was made. */
  #meanwhile: Invalidation[] | undefined
  #cancel: Cancel | undefined
  #closed = false

  constructor(shard: number, context: LinkContext) {
    this.#shard = shard
    this.#context = context
    this.#own = new OwnScopes((scopes) => context.follower.owed(scopes))
    this.#gate = new ShardGate(context.world, context.timeout, context.ledger.isSpread)
    this.#silence = new Silence(context.world)
    this.#questions = new Questions(async () => {
      try {
        await this.#ask()
        this.#silence.end()
      } catch (error) {
        this.#silence.failed(error)
        throw error
      } finally {
        this.#meanwhile = undefined
      }
    })
  }

  get isTrusted(): boolean {
    return this.#trusted
  }

  /** The monotonic moment up to which everything invalidated is known. */
  get provenAt(): number {
    return this.#provenAt
  }

  /** The era up to which everything was heard. */
  get known(): Era {
    return this.mirror.point?.era ?? DAWN
  }

  /**
   * The last step that a write of this process made, or met something newer at. In a history that took the place
   * of that one, what was said again there; where it is long ago, a later step. `undefined` before the first.
   */
  get written(): Point | undefined {
    return this.#lastWrite.at(this.known, this.mirror.point)
  }

  /** Whether it gave no answer when it was last asked. */
  get isSilent(): boolean {
    return this.#silence.lasts
  }

  /** Asks unless everything is known that was invalidated before the monotonic moment `since`. Rejects if it fails, or has just failed. */
  async ready(since: number): Promise<void> {
    if (this.#trusted && this.#provenAt > since) return
    this.#silence.check()
    await this.ask()
    // A process that was held up is answered what it had asked long ago.
    if (!this.#trusted || this.#provenAt <= since) await this.ask()
  }

  /** Asks the shard what happened. Those who ask at the same time share the answer. */
  ask(): Promise<void> {
    return this.#questions.ask()
  }

  /** Asks with a question that is sent from now on, not one that is under way. */
  askAnew(): Promise<void> {
    return this.#questions.askAnew()
  }

  /** Asks with a question that is sent from now on, unless the answer to one under way is enough. Rejects if it fails, or has just failed. */
  async askUntil(isEnough: () => boolean): Promise<void> {
    this.#silence.check()
    return this.#questions.askUntil(isEnough)
  }

  /**
   * The frames under keys of this shard, before those who ask several shards would be late. Nobody waits for
   * a shard that has not answered of late: it is tried meanwhile, if it is time to.
   */
  get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#gate.callUnlessSilent(() => this.#context.ledger.get(keys))
  }

  /** The feed told of a step. */
  heard(step: Invalidation): void {
    if (this.#meanwhile !== undefined && this.#meanwhile.length < MOST_MEANWHILE) this.#meanwhile.push(step)
    if (this.mirror.point === undefined) return
    const { origin, follower } = this.#context
    const heard = this.mirror.hear(step)
    if (heard === 'parted') this.#distrust()
    else if (heard === 'new' && step.origin !== origin) {
      try {
        follower.invalidated(step.scopes)
      } catch (error) {
        // What a listener throws would end the process that brings the feed.
        this.#context.world.background(Promise.reject(error), 'forgetting what another process invalidated')
      }
    }
    this.#minded()
  }

  /** The shard answered a call that made no step, sent at `sent`, when everything up to the era `known` was heard. */
  answered(step: Step, sent: number, known: Era): void {
    this.#context.clock.measure(step.time, sent)
    const stands = this.mirror.stands(step)
    // A shard that is behind what was heard before it was asked has lost its tail.
    if (stands === 'parted' || step.era < known) this.#distrust()
    else if (stands === 'there' && !this.mirror.hasHole) this.#proved(sent)
    this.#minded()
  }

  /**
   * The shard answered, when it stood at `step`, that it did not keep these, for it has something newer: nothing
   * older is served here from now on, whether the newer one is heard of, or lost before that.
   */
  outranked(step: Point, replacements: readonly Framed[]): void {
    const versioned = replacements.filter(({ version }) => version !== undefined)
    this.#own.remember(
      versioned.map(({ key }) => keyScope(key)),
      this.#context.world.mono(),
    )
    for (const { key, version } of versioned) this.mirror.outranked(step, key, version!)
    // Whoever comes after this write must see what outranked it.
    if (versioned.length > 0) this.#lastWrite.stands(step)
  }

  /** The shard answered a call of this process that invalidated these. */
  #made(step: Step, scopes: readonly Scope[], sent: number, repeats = true): void {
    const { clock, origin, world } = this.#context
    clock.measure(step.time, sent)
    if (repeats) this.#own.remember(scopes, world.mono())
    const { reign, era, link, prev } = step
    const heard = this.mirror.hear({ reign, era, link, prev, origin, scopes })
    // In a history that is not known yet it was made all the same: whoever reads after it has to ask for that one.
    if (heard === 'parted') this.#lastWrite.standsAnew(step)
    else this.#lastWrite.stands(step)
    // An era from before this mirror began, made just now: perhaps the shard has lost what came after it.
    if (heard === 'parted' || !this.mirror.remembers(era)) this.#distrust()
    else if (!this.mirror.hasHole) this.#proved(sent)
    this.#minded()
  }

  /**
   * A step of this shard; `scopes` tells from its answer what it has invalidated. If it fails it may
   * still take effect, for as long as the store accepts it; one that is never answered is over then, too.
   * Only for a link that is ready.
   *
   * @param repeats whether a store that may have lost it is told again: not a count, which that would delete
   */
  async step<T extends Step>(
    scopes: (told: T) => readonly Scope[],
    work: (terms: Terms) => Promise<T>,
    repeats = true,
  ): Promise<T> {
    const { clock, world } = this.#context
    const terms = this.#terms()
    const sent = world.mono()
    const known = this.known
    const left = clock.monoAfter(terms.notAfter) - sent
    const told = await beforeEnd(world, left, () => this.#gate.call(() => work(terms)))
    if (told.link === terms.link) this.#made(told, scopes(told), sent, repeats)
    else this.answered(told, sent, known)
    return told
  }

  #terms(): Terms {
    const { clock, origin, timeout, world } = this.#context
    return { notAfter: clock.now() + timeout, origin, link: hex(world, 12), reign: this.mirror.point!.reign }
  }

  close(): void {
    this.#closed = true
    this.#cancel?.()
  }

  async #ask(): Promise<void> {
    const { ledger, world, clock, timeout, follower, origin } = this.#context
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const asked: Point | undefined = this.#trusted ? this.mirror.point : undefined
      const sent = world.mono()
      const { highest } = this.mirror
      this.#meanwhile = []
      const news = await within(world, timeout, ledger.sync(this.#shard, asked), 'asking a ledger', () => undefined)
      clock.measure(news.time, sent)
      const { kind, steps } = this.mirror.learn(news, asked, highest)
      for (const step of steps) if (step.origin !== origin) follower.invalidated(step.scopes)
      // Of long keys it is told only that there were some.
      if (steps.some((step) => step.isCurtailed && step.origin !== origin)) follower.lost()
      if (kind === 'parted' || (kind !== 'steps' && !this.#hearAgain())) {
        this.#trusted = false
        continue
      }
      if (kind === 'first') follower.met()
      if (kind === 'lost') {
        this.#trusted = false
        this.#own.lost()
        this.#lastWrite.moved(this.mirror.point)
        follower.lost()
      }
      if (this.#own.areLost) await this.#sayAgain()
      // While it was told again the history may have parted once more.
      if (this.#own.areLost || this.mirror.hasHole) continue
      this.#trusted = true
      this.#proved(sent)
      return
    }
    throw tooLate(`a shard of a ledger gave ${MOST_TRIES} answers that do not fit together`)
  }

  /** A mirror that began anew knows nothing of what the feed has told since the answer was made. @returns whether it fits */
  #hearAgain(): boolean {
    const { follower, origin } = this.#context
    return (this.#meanwhile ?? []).every((step) => {
      const heard = this.mirror.hear(step)
      if (heard === 'new' && step.origin !== origin) follower.invalidated(step.scopes)
      return heard !== 'parted'
    })
  }

  /** Tells a shard that may have lost it what this process invalidated of late. */
  #sayAgain(): Promise<void> {
    const { ledger, world, timeout } = this.#context
    return this.#own.sayAgain(world.mono(), async (some) => {
      const sent = world.mono()
      const work = ledger.raise(this.#shard, some, this.#terms())
      this.#made(await within(world, timeout, work, 'telling a ledger again', () => undefined), some, sent)
    })
  }

  #distrust(): void {
    this.#trusted = false
    this.#own.lost()
    this.#provenAt = Number.NEGATIVE_INFINITY
    this.#context.proved()
    this.#askLater(0)
  }

  #proved(at: number): void {
    if (at > this.#provenAt) this.#provenAt = at
    this.#context.proved()
  }

  /** If a step is missing, it is asked for unless it comes soon. */
  #minded(): void {
    if (this.#trusted && this.mirror.hasHole) this.#askLater(PATIENCE)
  }

  #askLater(delay: number): void {
    if (this.#closed || this.#cancel !== undefined) return
    const { world } = this.#context
    this.#cancel = world.after(delay, () => {
      this.#cancel = undefined
      if (this.#trusted && !this.mirror.hasHole) return
      // What fails is asked again by the next pulse, or by whoever needs it.
      world.background(
        this.ask().catch(() => undefined),
        'asking a ledger what was missed',
      )
    })
  }
}

function tooLate(what: string): TerraceError {
  return new TerraceError('ERR_LEVEL_TIMEOUT', what)
}
