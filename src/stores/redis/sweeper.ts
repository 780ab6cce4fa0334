/** What is to be swept: the keys of one shard that begin like that. */
interface Order {
  readonly shard: number
  readonly prefix: string
}

/** A key found, and the name it has in Redis. */
export interface Found {
  readonly shard: number
  readonly key: string
  readonly name: string
}

/** The most names one script looks at: the server does nothing else meanwhile. */
const MOST_SWEPT = 250

/**
 * Sweeps in passes over all there is: a clear asks for every shard, and their keys lie mixed on the
 * same servers. What is asked for while a pass is under way waits for the next one.
 */
export class Sweeper {
  readonly #scan: (prefix: string) => AsyncIterable<readonly Found[]>
  readonly #check: (shard: number, names: readonly string[]) => Promise<unknown>
  #orders: Order[] = []
  #pass: Promise<void> | undefined
  #isClosed = false

  constructor(
    scan: (prefix: string) => AsyncIterable<readonly Found[]>,
    check: (shard: number, names: readonly string[]) => Promise<unknown>,
  ) {
    this.#scan = scan
    this.#check = check
  }

  /** Resolves after the pass that includes it. */
  async sweep(shard: number, prefix: string): Promise<void> {
    this.#orders.push({ shard, prefix })
    await this.#pass?.catch(() => undefined)
    this.#pass ??= this.#run().finally(() => {
      this.#pass = undefined
    })
    await this.#pass
  }

  close(): void {
    this.#isClosed = true
  }

  async #run(): Promise<void> {
    // Orders of the same call come one after the other.
    await undefined
    const orders = this.#orders
    this.#orders = []
    if (orders.length === 0) return
    const prefixes = new Map<number, string[]>()
    for (const { shard, prefix } of orders) prefixes.set(shard, [...(prefixes.get(shard) ?? []), prefix])
    const isOrdered = ({ shard, key }: Found) => prefixes.get(shard)?.some((prefix) => key.startsWith(prefix)) === true
    const first = orders[0]!.prefix
    // One shard may be on its way to another server, or its server down: nobody sweeps the others a second time.
    const failed = new Map<number, unknown>()
    for await (const found of this.#scan(orders.every(({ prefix }) => prefix === first) ? first : '')) {
      const names = new Map<number, string[]>()
      for (const each of found)
        if (isOrdered(each)) names.set(each.shard, [...(names.get(each.shard) ?? []), each.name])
      for (const [shard, own] of names) {
        for (let n = 0; n < own.length && !failed.has(shard); n += MOST_SWEPT) {
          if (this.#isClosed) return
          await this.#check(shard, own.slice(n, n + MOST_SWEPT)).catch((error: unknown) => failed.set(shard, error))
        }
      }
    }
    for (const error of failed.values()) throw error
  }
}
