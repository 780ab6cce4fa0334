import { isBornAt, isBornIn } from '../entry/birthplace.ts'
import type { Era } from '../entry/era.ts'
import { type Floor, MOST_FLOORS } from '../entry/finding.ts'
import type { Opened } from '../entry/frame.ts'
import type { Mark } from '../entry/position.ts'
import { keepsStale, type Scope } from '../entry/scope.ts'
import type { Invalidation, News, Point, WideFloors } from '../stores/ledger.ts'
import { FloorMap } from './floor-map.ts'
import { floorsOver } from './floors-over.ts'
import { fits, type Heard, isNew } from './heard.ts'
import { Outranked } from './outranked.ts'
import { SoftFloors } from './soft-floors.ts'

/** Eras whose links are remembered, steps that may wait for one that is missing, and key floors remembered. */
const MOST_LINKS = 2048
const MOST_AHEAD = 1000
const MOST_KEYS = 20_000
const MOST_TAGS = 20_000
const MOST_PREFIXES = 200
const SOFT_LIMITS = { prefixes: MOST_PREFIXES, tags: MOST_TAGS }
/** A birth is era + reigns seen × this: so it says which reign it is of, and later reigns are higher. */
const REIGN: Era = 2 ** 40

/** In which history a frame was born: in the one that is followed, in a step that was not heard of, or in another one. */
export type Birthplace = 'here' | 'ahead' | 'elsewhere'

/** What a shard told when it was asked. */
export interface Learnt {
  /**
   * `steps`: everything up to there is heard; `lost`: something may have been invalidated of which
   * nothing is known; `first`: the shard was never asked before; `parted`: the answer does not fit to what was heard, it must be asked from the start.
   */
  readonly kind: 'steps' | 'first' | 'lost' | 'parted'
  /** The steps that had not been heard yet. */
  readonly steps: readonly Invalidation[]
}

/**
 * What this process knows of one shard of a ledger: up to which era it has heard everything, which
 * floors cover more than one key, and the key floors of late.
 *
 * Invariant: every floor made up to `point.era` in this reign was applied, as were those of the steps
 * that are ahead of a hole. That many are ahead never makes a history another one.
 */
export class ShardMirror {
  #point: Point | undefined
  /** How many histories were seen: a reign, or a branch of one. */
  #reigns = 0
  #highest: Era = 0
  #ahead = new Map<Era, Invalidation>()
  /** The links of the last eras heard of: what a birth must name. */
  #links = new Map<Era, string>()
  /** Who made those eras, of which a step was heard. */
  #origins = new Map<Era, string>()
  #all: Era = 0
  #prefixes = new FloorMap(MOST_PREFIXES)
  #tags = new FloorMap(MOST_TAGS)
  #keys = new FloorMap(MOST_KEYS)
  #soft = new SoftFloors(SOFT_LIMITS)
  #outranked = new Outranked()
  /** The highest era an answer told of. */
  #told: Era = 0

  /** Up to where everything was heard; `undefined` before the shard was first asked. */
  get point(): Point | undefined {
    return this.#point
  }

  /** Whether there is a step, told or heard of, before which one is missing. */
  get hasHole(): boolean {
    return this.#ahead.size > 0 || (this.#point !== undefined && this.#point.era < this.#told)
  }

  /** How many eras there are, at least, of which not everything was heard. */
  get missing(): number {
    return this.#point === undefined ? 0 : this.highest - this.#point.era
  }

  /** The birth of what is looked for from now on. */
  get birth(): Era {
    return this.#reigns * REIGN + this.#highest
  }

  /** Whether a birth is of the history that is followed now. */
  isOf(birth: Era): boolean {
    return Math.floor(birth / REIGN) === this.#reigns
  }

  /** The birth of a frame, or of a step; `undefined` for one of another reign. */
  birthOf(reign: string, born: Era): Era | undefined {
    if (this.#point === undefined || !isBornIn(reign, this.#point.reign) || !(born >= 0 && born < REIGN))
      return undefined
    return this.#reigns * REIGN + born
  }

  /** The era and link of a birth; `undefined` for one of another history, or too long ago to be told. */
  originOf(birth: Era): { readonly born: Era; readonly link: string } | undefined {
    const born = birth - this.#reigns * REIGN
    const link = this.#links.get(born)
    return link === undefined ? undefined : { born, link }
  }

  /**
   * Whether a frame of this reign was born in the history that is followed. `ahead`: in a step that was not heard of
   * yet, or is beyond one that was not: of this history or of another. A server that was frozen while a replica took
   * its place may go on answering: what it is told another history does not know, though that counts beyond it, and
   * steps of both may have been heard. That matters only where something is known that the frame must not be older than.
   */
  placeOf(key: string, { reign, born, tags }: Pick<Opened, 'reign' | 'born' | 'tags'>): Birthplace {
    const link = this.#links.get(born)
    const fits = link === undefined || isBornAt(reign, link)
    if ((fits && born <= this.#point!.era) || !this.#isCovered(key, tags)) return 'here'
    return fits ? 'ahead' : 'elsewhere'
  }

  /** Whether a frame of this reign may be served. `born` is the frame's own era. */
  admits(key: string, born: Era, tags: readonly string[], version: number | undefined): boolean {
    if (this.#outranked.size > 0 && this.#outranked.bars(key, born, version)) return false
    if (born >= this.#highest) return true
    if (born < this.#all || born < this.#prefixes.horizon || born < this.#keys.get(key)) return false
    if (this.#prefixes.size > 0) {
      for (const [prefix, era] of this.#prefixes) if (born < era && key.startsWith(prefix)) return false
    }
    return tags.length === 0 || (born >= this.#tags.horizon && tags.every((tag) => born >= this.#tags.get(tag)))
  }

  /** The scope whose floor stands against the freshness of such a frame, if there is one: it may only be served stale. */
  expiry(key: string, born: Era, tags: readonly string[]): Scope | undefined {
    return this.#soft.over({ key, born, tags })
  }

  /** The floors that cover a key and what carries these tags, as births, with who raised them where that is known. */
  covering(key: string, tags: readonly string[]): Floor[] {
    const horizon = Math.max(this.#prefixes.horizon, tags.length === 0 ? 0 : this.#tags.horizon)
    const remembered = {
      all: Math.max(this.#all, horizon),
      keys: this.#keys,
      prefixes: this.#prefixes,
      tags: this.#tags,
    }
    const floors = [...floorsOver(key, tags, remembered), ...this.#soft.covering(key, tags)]
    return floors.slice(0, MOST_FLOORS).map(({ scope, era }) => {
      return { scope, era: this.#reigns * REIGN + era, by: this.#origins.get(era) }
    })
  }

  /** Whether everything up to a step was heard, and that step is known to be of this history. */
  isPast({ reign, era, link }: Mark): boolean {
    const point = this.#point
    if (point === undefined || point.era < era || !point.reign.startsWith(reign)) return false
    return this.#links.get(era)?.startsWith(link) === true
  }

  /** Whether it is known which step made this era. */
  remembers(era: Era): boolean {
    return this.#links.has(era)
  }

  /** A step was heard of: from the feed, from an answer to this process's own call, or from the log. */
  hear(step: Invalidation): Heard {
    const point = this.#point
    if (point === undefined || step.reign !== point.reign || step.era >= REIGN) return 'parted'
    const known = step.era <= point.era ? this.#links.get(step.era) : this.#ahead.get(step.era)?.link
    if (step.era <= point.era || known !== undefined) {
      if (known !== undefined && known !== step.link) return 'parted'
      // An answer does not name all scopes of a step; the feed and the log do.
      for (const scope of step.scopes) this.#raise(scope, step.era)
      return 'known'
    }
    // Of more than that it is only remembered that there were some: the shard tells of them again.
    const isKept = this.#ahead.size < MOST_AHEAD || step.era === point.era + 1
    if (isKept) this.#ahead.set(step.era, step)
    else this.#told = Math.max(this.#told, step.era)
    this.#apply(step)
    return this.#catchUp() ? 'new' : 'forked'
  }

  /** An answer said where the shard stands, and made no step itself. @returns whether that is where it was thought to be; `unclear` where too little is known of that era */
  stands({ reign, era, link }: Point): 'there' | 'ahead' | 'unclear' | 'parted' {
    if (reign !== this.#point?.reign || (this.#links.get(era) ?? link) !== link) return 'parted'
    if (era <= this.#point.era) return this.#links.has(era) ? 'there' : 'unclear'
    this.#told = Math.max(this.#told, era)
    return 'ahead'
  }

  /** A newer version of a key than this one lay there when the shard stood at this point. */
  outranked({ reign, era }: Point, key: string, version: number): void {
    if (reign !== this.#point?.reign) return
    const forgotten = this.#outranked.note(key, version, era)
    if (forgotten !== undefined) this.#keys.raiseTo(forgotten.key, forgotten.era)
  }

  /** The shard has kept what was looked for in this era under a key: what had outranked a replacement was there by then. */
  filled(key: string, born: Era): void {
    this.#outranked.filled(key, born)
  }

  /** The highest era of this reign that was made for certain: no answer may be behind what was known when it was asked for. */
  get highest(): Era {
    return Math.max(this.#highest, this.#told)
  }

  /**
   * The shard's answer to what happened since {@link ShardMirror.point}, which was sent as `asked`;
   * `highest` was known then. A shard that is behind that has lost the tail of its history.
   *
   * @param goesOn whether it has lost nothing that it acknowledged to this process, though it tells everything
   */
  learn(news: News, asked: Point | undefined, highest: Era, goesOn = false): Learnt {
    if (news.kind === 'whole') return this.#begin(news, goesOn)
    const steps: Invalidation[] = []
    let parted = asked === undefined || news.era < highest || this.stands(news) === 'parted'
    for (const step of news.steps) {
      const heard = this.hear(step)
      if (isNew(heard)) steps.push(step)
      if (!fits(heard)) parted = true
    }
    return { kind: parted ? 'parted' : 'steps', steps }
  }

  /** Whether anything is known, a floor or a newer version, that what carries these tags must not be older than. */
  #isCovered(key: string, tags: readonly string[]): boolean {
    if (this.#all > 0 || this.#keys.get(key) > 0 || this.#prefixes.horizon > 0) return true
    if (this.#outranked.has(key)) return true
    for (const [prefix] of this.#prefixes) if (key.startsWith(prefix)) return true
    if (tags.length > 0 && (this.#tags.horizon > 0 || tags.some((tag) => this.#tags.get(tag) > 0))) return true
    return this.#soft.covering(key, tags).length > 0
  }

  #begin({ reign, era, link, floors }: News & { readonly kind: 'whole' }, goesOn: boolean): Learnt {
    const isFirst = this.#point === undefined
    this.#point = { reign, era, link }
    this.#reigns++
    this.#highest = era
    this.#told = era
    this.#ahead = new Map()
    this.#links = new Map([[era, link]])
    this.#origins = new Map()
    // What was heard and is above its era is nothing that the shard knows of.
    this.#keys = goesOn ? this.#keys.upTo(era) : new FloorMap(MOST_KEYS)
    if (!goesOn) this.#outranked = new Outranked()
    this.#take(floors)
    return { kind: isFirst ? 'first' : 'lost', steps: [] }
  }

  #take({ all, horizon, prefixes, tags }: WideFloors): void {
    this.#all = Math.max(all, horizon)
    this.#prefixes = FloorMap.of(MOST_PREFIXES, prefixes)
    this.#tags = FloorMap.of(MOST_TAGS, tags)
    this.#soft = SoftFloors.among(SOFT_LIMITS, prefixes, tags)
  }

  #apply({ era, link, origin, scopes }: Invalidation): void {
    for (const scope of scopes) this.#raise(scope, era)
    this.#links.set(era, link)
    this.#origins.set(era, origin)
    if (this.#links.size > MOST_LINKS) {
      const oldest = this.#links.keys().next().value!
      this.#links.delete(oldest)
      this.#origins.delete(oldest)
    }
    if (era > this.#highest) this.#highest = era
  }

  /** Steps may be heard out of order. */
  #raise(scope: Scope, era: Era): void {
    if (keepsStale(scope)) this.#soft.raise(scope, era)
    else if (scope.kind === 'all') this.#all = Math.max(this.#all, era)
    else if (scope.kind === 'key') {
      // What lies there keeps its birth: an old value must not look newer in a history that lost its tail.
      if (scope.moved !== true) this.#keys.raiseTo(scope.key, era)
    } else if (scope.kind === 'prefix') this.#prefixes.raiseTo(scope.prefix, era)
    else this.#tags.raiseTo(scope.tag, era)
  }

  /** Moves the point over everything heard without a hole. @returns whether the links fit */
  #catchUp(): boolean {
    let point = this.#point!
    for (let next = this.#ahead.get(point.era + 1); next !== undefined; next = this.#ahead.get(point.era + 1)) {
      if (next.prev !== point.link) return false
      this.#ahead.delete(next.era)
      point = { reign: next.reign, era: next.era, link: next.link }
      this.#point = point
    }
    return true
  }
}
