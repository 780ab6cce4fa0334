import type { Era } from '../entry/era.ts'
import type { Invalidation, News, Point } from '../stores/ledger.ts'

/** So many steps are remembered one by one. Of more it cannot be told whether they are all there. */
const MOST = 5000

/**
 * What a shard has acknowledged to this process, as steps of its history: up to the last point of it that was proven,
 * which all steps before lead to, and one by one after that. A shard whose history goes on from that point, over all of
 * these, has lost nothing of this process, whatever was heard of it.
 */
export class OwnSteps {
  #proven: Point | undefined
  #since: Point[] = []
  #strays: Invalidation[] = []
  /** What was acknowledged since the shard was asked what it has lost, proven or not: by a server that was, perhaps. */
  #meanwhile: Point[] = []

  /** Everything up to there was heard, without a hole, and the shard has named this point itself. */
  prove({ reign, era, link }: Point): void {
    if (this.#proven?.reign !== reign || this.#proven.era < era) this.#proven = { reign, era, link }
    const { era: reached } = this.#proven
    if (this.#since.length > 0) this.#since = this.#since.filter((step) => step.reign !== reign || step.era > reached)
  }

  /** The shard has acknowledged something with this step, or has shown what outranks it when it stood there. */
  acknowledged({ reign, era, link }: Point): void {
    for (const steps of [this.#since, this.#meanwhile]) if (steps.length <= MOST) steps.push({ reign, era, link })
  }

  /** The shard has acknowledged it, and it does not fit to what was heard: it is of another history. */
  strayed(step: Invalidation): void {
    this.#strays.push(step)
  }

  /**
   * A mirror begins anew in a history in which nothing of this process was lost, so that nothing is said again there: of
   * the steps that had strayed into it nobody else would tell the mirror. `hears` takes one in, and says whether it fits.
   */
  rejoin(hears: (step: Invalidation) => boolean): void {
    this.#strays = this.#strays.filter((step) => !hears(step))
  }

  /** The highest era that was acknowledged after the last point that was proven; 0 for none. */
  get highest(): Era {
    return this.#since.reduce((highest, { era }) => Math.max(highest, era), 0)
  }

  /**
   * Asks a shard that tells everything anew, and stands at `now`, what followed what was proven. Two servers may give
   * the two answers, after a fail-over: what was acknowledged before the first one must not lie beyond it.
   *
   * @param before {@link OwnSteps.highest} when the shard was asked where it stands
   * @returns what says whether it has lost nothing of what it has acknowledged until then
   */
  async trace(now: Point, before: Era, ask: (since: Point) => Promise<News>): Promise<() => boolean> {
    const proven = this.#proven
    if (proven === undefined || now.reign !== proven.reign || now.era < proven.era) return () => false
    if (before > now.era) return () => false
    const known = [now, ...this.#since]
    const meanwhile: Point[] = []
    this.#meanwhile = meanwhile
    const news = await ask(proven)
    if (news.kind !== 'since') return () => false
    const links = new Map([[proven.era, proven.link]])
    for (const { era, link } of news.steps) links.set(era, link)
    const isThere = ({ reign, era, link }: Point): boolean => reign === proven.reign && links.get(era) === link
    // What was acknowledged since it was asked may be later than its answer.
    const isLater = ({ reign, era }: Point): boolean => reign === proven.reign && era > news.era
    const isWhole = (steps: readonly Point[]): boolean => steps.length <= MOST
    return () =>
      isWhole(this.#since) &&
      isWhole(meanwhile) &&
      known.every(isThere) &&
      meanwhile.every((step) => isThere(step) || isLater(step))
  }

  /** A history in which some of them are not has taken the place of theirs: from here they begin anew. */
  lost(): void {
    this.#proven = undefined
    this.#since = []
    this.#meanwhile = []
    this.#strays = []
  }
}
