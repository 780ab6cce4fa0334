import { TerraceError } from '../errors.ts'
import type { PartListener, Spreads } from '../level.ts'
import type { Ledger } from '../stores/ledger.ts'
import type { World } from '../world/world.ts'
import type { ShardLink } from './shard-link.ts'

/** What a {@link LedgerSpread} works with. */
export interface SpreadContext {
  readonly ledger: Ledger
  readonly world: World
  readonly links: readonly ShardLink[]
}

/** The shards of a ledger that lies on several servers, as the parts of a level: which of them answer. */
export class LedgerSpread implements Spreads {
  readonly #context: SpreadContext
  readonly #silent = new Set<ShardLink>()
  #listener: PartListener | undefined

  constructor(context: SpreadContext) {
    this.#context = context
  }

  partOf(key: string): number {
    return this.#context.ledger.shardOf(key)
  }

  get silent(): readonly string[] {
    return this.#context.links.filter((link) => this.#silent.has(link)).map((link) => this.#nameOf(link))
  }

  answers(since?: number): boolean {
    const { links } = this.#context
    return since === undefined ? this.#silent.size < links.length : links.some(({ provenAt }) => provenAt >= since)
  }

  inquire(): void {
    for (const link of this.#context.links) this.#inBackground(this.noting(link, link.ask()))
  }

  watch(listener: PartListener): void {
    this.#listener = listener
  }

  /** Resolves as `ready` does. Nobody waits for a shard that did not answer when it was last asked. */
  unlessSilent(link: ShardLink, ready: Promise<void>): Promise<void> {
    const noted = this.noting(link, ready)
    if (!link.isSilent) return noted
    this.#inBackground(noted)
    const text = `${this.#nameOf(link)} does not answer, and nobody waits for it`
    return Promise.reject(new TerraceError('ERR_LEVEL_UNAVAILABLE', text, { cause: link.whySilent }))
  }

  /** Takes note of what has become of a question. */
  noting(link: ShardLink, question: Promise<void>): Promise<void> {
    const note = (): void => this.#note(link)
    question.then(note, note)
    return question
  }

  #note(link: ShardLink): void {
    const isSilent = link.isSilent
    if (isSilent === this.#silent.has(link)) return
    if (isSilent) this.#silent.add(link)
    else this.#silent.delete(link)
    this.#listener?.(this.#nameOf(link), !isSilent, link.whySilent)
  }

  #nameOf(link: ShardLink): string {
    return `shard ${this.#context.links.indexOf(link)}`
  }

  #inBackground(work: Promise<void>): void {
    this.#context.world.background(
      work.catch(() => undefined),
      'asking a shard whether it answers',
    )
  }
}
