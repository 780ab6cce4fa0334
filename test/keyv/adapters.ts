import { EventEmitter } from 'node:events'

interface Item {
  readonly value: unknown
  readonly until: number
}

/** Gives others a chance to run in between, a different number of times each call. */
async function turns(most: number): Promise<void> {
  for (let n = 0; n < most; n++) await Promise.resolve()
}

/** What a back end of Keyv 5 looks like: text only, relative times, `error` events, a namespace of its own. */
export class Keyv5Adapter extends EventEmitter {
  readonly opts = { dialect: 'redis', url: 'test:' }
  readonly items: Map<string, Item>
  readonly sets: { readonly key: string; readonly ttl: number | undefined }[] = []
  readonly #now: () => number
  namespace: string | undefined
  /** How a call ends instead: it emits an error and answers as if there were nothing, or rejects. */
  failure: 'none' | 'emits' | 'rejects' = 'none'
  disconnected = false
  #calls = 0

  constructor(now: () => number = Date.now, items: Map<string, Item> = new Map()) {
    super()
    this.#now = now
    this.items = items
  }

  async get(key: string): Promise<unknown> {
    return this.#call(undefined, () => {
      const item = this.items.get(this.#name(key))
      return item !== undefined && item.until > this.#now() ? item.value : undefined
    })
  }

  async getMany(keys: string[]): Promise<unknown[]> {
    return Promise.all(keys.map((key) => this.get(key)))
  }

  async set(key: string, value: unknown, ttl?: number): Promise<void> {
    if (typeof value !== 'string') throw new TypeError('text only')
    if (ttl !== undefined && !Number.isInteger(ttl)) throw new TypeError('whole milliseconds only')
    this.sets.push({ key, ttl })
    await this.#call(undefined, () => {
      this.items.set(this.#name(key), {
        value,
        until: ttl === undefined ? Number.POSITIVE_INFINITY : this.#now() + ttl,
      })
    })
  }

  async delete(key: string): Promise<boolean> {
    return this.#call(false, () => this.items.delete(this.#name(key)))
  }

  async setMany(entries: { readonly key: string; readonly value: unknown; readonly ttl?: number }[]): Promise<void> {
    for (const { key, value, ttl } of entries) await this.set(key, value, ttl)
  }

  async deleteMany(keys: string[]): Promise<boolean> {
    const had = await Promise.all(keys.map((key) => this.delete(key)))
    return had.some(Boolean)
  }

  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return Promise.all(keys.map((key) => this.has(key)))
  }

  async clear(): Promise<void> {
    const prefix = this.#name('')
    for (const name of [...this.items.keys()]) if (name.startsWith(prefix)) this.items.delete(name)
  }

  async *iterator(namespace?: string): AsyncGenerator<[string, unknown]> {
    const prefix = namespace === undefined ? '' : `${namespace}::`
    for (const [name, { value }] of [...this.items]) {
      await Promise.resolve()
      if (name.startsWith(prefix)) yield [name.slice(prefix.length), value]
    }
  }

  async disconnect(): Promise<void> {
    this.disconnected = true
  }

  #name(key: string): string {
    return this.namespace === undefined ? key : `${this.namespace}::${key}`
  }

  async #call<T>(nothing: T, call: () => T): Promise<T> {
    await turns(++this.#calls % 4)
    if (this.failure === 'rejects') throw new Error('down')
    if (this.failure === 'emits') {
      this.emit('error', new Error('down'))
      return nothing
    }
    return call()
  }
}
