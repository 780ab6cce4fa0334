import { TerraceError } from '../errors.ts'
import { expected } from '../options.ts'
import type { World } from '../world/world.ts'
import type { Pair, Source, WriteContext } from './source.ts'

/** What a source said of each entry that was written. */
export type WrittenVersions = readonly (number | undefined)[]

/** The calls that change a source. Each has a deadline, at which it is asked to end; how it ends is waited for all the same. */
export class SourceCalls<V> {
  readonly #source: Source<V>
  readonly #world: World
  readonly #timeout: number
  readonly #underWay = new Set<AbortController>()

  constructor(source: Source<V>, world: World, timeout: number) {
    this.#source = source
    this.#world = world
    this.#timeout = timeout
  }

  /** @throws TerraceError `ERR_UNSUPPORTED` */
  checkDeletes(): void {
    if (this.#source.delete !== undefined) return
    throw new TerraceError('ERR_UNSUPPORTED', 'through: the source has no `delete`')
  }

  async write(entries: readonly Pair<V>[]): Promise<WrittenVersions> {
    const said = await this.#inTime((context) => this.#source.write(entries, context))
    if (said === undefined) return entries.map(() => undefined)
    if (!Array.isArray(said) || said.length !== entries.length) {
      const wanted = `\`write\` to return nothing, or ${entries.length} versions in the order of the entries`
      return expected(wanted, said, 'through: source')
    }
    const wrong = said.findIndex((version) => version !== undefined && !isVersion(version))
    if (wrong === -1) return said
    return expected('a version to be a number', said[wrong], `through: source: what \`write\` returned [${wrong}]`)
  }

  async delete(keys: readonly string[]): Promise<void> {
    await this.#inTime((context) => this.#source.delete!(keys, context))
  }

  /** Asks what is under way to end. */
  abort(reason: unknown): void {
    for (const controller of this.#underWay) controller.abort(reason)
  }

  async #inTime<T>(call: (context: WriteContext) => T): Promise<Awaited<T>> {
    const controller = new AbortController()
    this.#underWay.add(controller)
    const late = (): void => {
      controller.abort(new TerraceError('ERR_WRITE_TIMEOUT', `through: not written within ${this.#timeout} ms`))
    }
    const cancel = this.#timeout === Number.POSITIVE_INFINITY ? undefined : this.#world.after(this.#timeout, late, true)
    try {
      return await call({ signal: controller.signal })
    } finally {
      cancel?.()
      this.#underWay.delete(controller)
    }
  }
}

function isVersion(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(value)
}
