import { DAWN, type Era } from '../entry/era.ts'
import { keyScope, type Scope } from '../entry/scope.ts'
import { TerraceError } from '../errors.ts'
import type { Follower } from '../level.ts'
import type { Framed, Invalidation, Point, Step, Terms } from '../stores/ledger.ts'
import { fits, isNew } from './heard.ts'
import { LastWrite } from './last-write.ts'
import { OwnScopes } from './own-scopes.ts'
import { OwnSteps } from './own-steps.ts'
import { type CallContext, ShardCalls } from './shard-calls.ts'
import { ShardMirror } from './shard-mirror.ts'
import { ShardQuestions } from './shard-questions.ts'

/** What the links of one ledger have in common. */
export interface LinkContext extends CallContext {
  readonly follower: Omit<Follower, 'carriesOn' | 'hearingChanged' | 'unannounced'>
  /** Called when a link has proof that it has heard everything. */
  readonly proved: () => void
}

/** So many eras with a hole among them are no matter of patience: the shard does not remember its steps for ever. */
const FAR = 500
const MOST_TRIES = 4
const MOST_MEANWHILE = 1000

/**
 * One shard of a ledger, followed: its mirror, kept up with what the feed tells and the shard answers.
 *
 * While it is not trusted (never asked, or its history turned out to be another) nothing it holds is
 * served, and whoever wants something waits until it has been asked. If it has lost what this process
 * had told it, it is told again before it is trusted. Only the shard itself can say so: what the feed tells
 * is at most a reason to ask it, for anybody may publish there.
 */
export class ShardLink {
  readonly mirror: ShardMirror = new ShardMirror()
  readonly #context: LinkContext
  readonly #own: OwnScopes
  readonly #steps = new OwnSteps()
  readonly #lastWrite = new LastWrite()
  readonly #calls: ShardCalls
  #trusted = false
  /** An answer was of another history since it was asked last. */
  #hasStrayed = false
  #provenAt = Number.NEGATIVE_INFINITY
  readonly #questions: ShardQuestions
  /** What the feed and its answers told while the shard was being asked: it may have happened after the answer was made. */
  #meanwhile: Invalidation[] | undefined

  constructor(shard: number, context: LinkContext) {
    this.#context = context
    this.#own = new OwnScopes((scopes) => context.follower.owed(scopes))
    this.#calls = new ShardCalls(shard, context)
    this.#questions = new ShardQuestions(context.world, async () => {
      try {
        await this.#ask()
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
    return this.#questions.areUnanswered
  }

  /** What it failed with when it was last asked. */
  get whySilent(): unknown {
    return this.#questions.reason
  }

  /** Asks unless everything is known that was invalidated before the monotonic moment `since`. Rejects if it fails, or has just failed. */
  async ready(since: number): Promise<void> {
    if (this.#trusted && this.#provenAt > since) return
    this.#questions.check()
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
  askUntil(isEnough: () => boolean): Promise<void> {
    return this.#questions.askUntil(isEnough)
  }

  /**
   * The frames under keys of this shard, before those who ask several shards would be late. Nobody waits for
   * a shard that has not answered of late: it is tried meanwhile, if it is time to.
   */
  get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#calls.get(keys)
  }

  /** The feed told of a step. */
  heard(step: Invalidation): void {
    if (this.#meanwhile !== undefined && this.#meanwhile.length < MOST_MEANWHILE) this.#meanwhile.push(step)
    if (this.mirror.point === undefined) return
    const { origin, follower } = this.#context
    const heard = this.mirror.hear(step)
    if (!fits(heard)) this.#questions.doubt(step.reign)
    if (isNew(heard) && step.origin !== origin) {
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
    else if (stands === 'there' && !this.mirror.hasHole) this.#proved(sent, step)
    this.#minded(true)
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
    if (versioned.length === 0) return
    this.#lastWrite.stands(step)
    this.#steps.acknowledged(step)
  }

  /** The shard answered a call of this process that invalidated these. */
  #made(step: Step, scopes: readonly Scope[], sent: number, repeats = true): void {
    const { clock, origin, world } = this.#context
    clock.measure(step.time, sent)
    if (repeats) this.#own.remember(scopes, world.mono())
    const { reign, era, link, prev } = step
    const own = { reign, era, link, prev, origin, scopes }
    const heard = this.mirror.hear(own)
    this.#meanwhile?.push(own)
    this.#steps.acknowledged(step)
    // In a history that is not known yet it was made all the same: whoever reads after it has to ask for that one.
    if (!fits(heard)) {
      this.#steps.strayed(own)
      this.#lastWrite.standsAnew(step)
    } else this.#lastWrite.stands(step)
    // An era from before this mirror began, made just now: perhaps the shard has lost what came after it.
    if (!fits(heard) || !this.mirror.remembers(era)) this.#distrust()
    else if (!this.mirror.hasHole) this.#proved(sent, step)
    this.#minded(true)
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
    const sent = this.#context.world.mono()
    const known = this.known
    const { told, terms } = await this.#calls.step(this.mirror.point!.reign, work)
    if (told.link === terms.link) this.#made(told, scopes(told), sent, repeats)
    else this.answered(told, sent, known)
    return told
  }

  close(): void {
    this.#questions.close()
  }

  async #ask(): Promise<void> {
    const { world, follower, origin } = this.#context
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const asked: Point | undefined = this.#trusted ? this.mirror.point : undefined
      const sent = world.mono()
      const { highest } = this.mirror
      this.#meanwhile = []
      this.#hasStrayed = false
      const before = this.#steps.highest
      const news = await this.#calls.sync(asked)
      const trace =
        news.kind === 'whole' ? await this.#steps.trace(news, before, (since) => this.#calls.sync(since)) : undefined
      const goesOn = trace?.() === true
      const { kind, steps } = this.mirror.learn(news, asked, highest, goesOn)
      for (const step of steps) if (step.origin !== origin) follower.invalidated(step.scopes)
      // Of long keys it is told only that there were some.
      if (steps.some((step) => step.isCurtailed && step.origin !== origin)) follower.lost()
      if (kind !== 'steps') this.#trusted = false
      if (kind === 'parted') continue
      if (goesOn) this.#steps.rejoin((step) => fits(this.mirror.hear(step)))
      if (kind !== 'steps') this.#hearAgain()
      if (kind === 'first') follower.met()
      if (kind === 'lost') {
        if (!goesOn) this.#lost()
        follower.lost()
      }
      if (this.#own.areLost) await this.#sayAgain()
      // While it was told again the history may have parted once more.
      if (this.#own.areLost || this.#hasStrayed) continue
      this.#trusted = true
      this.#proved(sent, news)
      // What was made since it was asked may be beyond what others made meanwhile.
      this.#minded()
      return
    }
    const text = `a shard of a ledger gave ${MOST_TRIES} answers that do not fit together`
    throw new TerraceError('ERR_LEVEL_TIMEOUT', text)
  }

  /** A mirror that began anew knows nothing of what the feed and other answers have told since its own was made. */
  #hearAgain(): void {
    const { follower, origin } = this.#context
    for (const step of this.#meanwhile ?? []) {
      const heard = this.mirror.hear(step)
      if (!fits(heard) && step.origin === origin) this.#hasStrayed = true
      else if (!fits(heard)) this.#questions.doubt(step.reign)
      if (isNew(heard) && step.origin !== origin) follower.invalidated(step.scopes)
    }
  }

  /** The shard has lost what it had acknowledged, or may have. */
  #lost(): void {
    this.#own.lost()
    this.#steps.lost()
    this.#questions.cameTrue()
    this.#lastWrite.moved(this.mirror.point)
    // What was made there since the answer was given may lie beyond steps that were not heard of.
    for (const step of this.#meanwhile ?? [])
      if (step.origin === this.#context.origin && fits(this.mirror.hear(step))) this.#lastWrite.stands(step)
  }

  /** Tells a shard that may have lost it what this process invalidated of late. */
  #sayAgain(): Promise<void> {
    const { world } = this.#context
    return this.#own.sayAgain(world.mono(), async (some) => {
      const sent = world.mono()
      this.#made(await this.#calls.sayAgain(this.mirror.point!.reign, some), some, sent)
    })
  }

  /** An answer of the shard itself was of another history. */
  #distrust(): void {
    this.#trusted = false
    this.#hasStrayed = true
    this.#provenAt = Number.NEGATIVE_INFINITY
    this.#context.proved()
    this.#questions.askUnlessItComes(this.#isMissing, 0)
  }

  /** Everything was heard up to a point that the shard has named, in answer to what was sent at the monotonic moment `at`. */
  #proved(at: number, point: Point): void {
    // Until the shard was told again what it may have lost, nothing is proven by what it answers.
    if (!this.#trusted) return
    if (at > this.#provenAt) this.#provenAt = at
    this.#steps.prove(point)
    this.#context.proved()
  }

  /** If a step is missing, it is asked for unless it comes soon. Who is answered at once, again and again, does not come to his timers: `isAnswer`. */
  #minded(isAnswer = false): void {
    if (!this.#trusted || !this.mirror.hasHole) return
    if (isAnswer && this.mirror.missing >= FAR) this.#questions.askAtOnce()
    else this.#questions.askUnlessItComes(this.#isMissing)
  }

  readonly #isMissing = (): boolean => !this.#trusted || this.mirror.hasHole
}
