import { shown, TerraceError } from '../../errors.ts'

/**
 * A Keyv storage adapter, of Keyv 5 or 6, or a `Map`, by its shape. Whatever else adapters have
 * (`getMany`, `iterator`, `on`, `capabilities`, `clear`, `disconnect`) is found at run time.
 */
export interface KeyvStorage {
  get(key: string): unknown
  set(key: string, value: string, expiry?: number): unknown
  delete(key: string): unknown
}

/** What an adapter may have besides, and none can be relied on. */
interface Extras {
  readonly namespace?: unknown
  readonly capabilities?: { readonly expires?: unknown }
  readonly getMany?: (keys: string[]) => unknown
  readonly clear?: () => unknown
  readonly disconnect?: () => unknown
  readonly entries?: () => Iterable<readonly [unknown, unknown]>
  readonly iterator?: (namespace?: unknown) => AsyncIterable<unknown> | Iterable<unknown>
  readonly on?: (event: string, listener: (error: unknown) => void) => unknown
}

/** Beyond 30 years is for ever: some servers refuse longer times. */
const FOREVER = 30 * 365 * 86_400_000

const OPENING = '{"value":"'

/**
 * Bytes by name in a Keyv storage adapter.
 *
 * They lie there as what Keyv itself would store, `{"value":"…","expires":…}` with the bytes in base64:
 * there are adapters that carry only text, and some that parse it as JSON. Base64 costs a third.
 *
 * Several adapters do not reject when they fail, but emit `error` and answer as if there were
 * nothing. So a call during which the adapter emits an error has failed.
 */
export class KeyvAdapter {
  readonly #storage: KeyvStorage & Extras
  readonly #wall: () => number
  readonly #errors: { count: number; last: unknown }

  /**
   * Listens to the adapter's errors from now on and for ever: an `error` nobody listens to would end the process.
   *
   * @param wall the wall clock, in milliseconds
   * @throws TerraceError `ERR_ARGUMENT_INVALID` if `storage` is no adapter
   */
  constructor(storage: KeyvStorage, wall: () => number) {
    checkStorage(storage)
    this.#storage = storage
    this.#wall = wall
    // The listener holds this alone, not the adapter's user.
    const errors = { count: 0, last: undefined as unknown }
    this.#errors = errors
    this.#storage.on?.('error', (error) => {
      errors.count++
      errors.last = error
    })
  }

  /** Whether {@link KeyvAdapter.list} can. */
  get canList(): boolean {
    return this.#storage instanceof Map || typeof this.#storage.iterator === 'function'
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    return bytesIn(await this.#call(() => this.#storage.get(name)))
  }

  async getMany(names: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    if (names.length <= 1 || typeof this.#storage.getMany !== 'function') {
      return Promise.all(names.map((name) => this.get(name)))
    }
    const values = await this.#call(() => this.#storage.getMany!([...names]))
    if (!Array.isArray(values) || values.length !== names.length) {
      throw new TypeError(`the Keyv adapter answered getMany with ${shown(values)}`)
    }
    return values.map(bytesIn)
  }

  /** @param left milliseconds until it may be forgotten; `Infinity` for never */
  async set(name: string, bytes: Uint8Array, left: number): Promise<void> {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
    const ttl = left < FOREVER ? Math.max(1, Math.ceil(left)) : undefined
    const expires = ttl === undefined ? undefined : Math.ceil(this.#wall()) + ttl
    // Keyv 6 gives its own adapters a moment, Keyv 5 a length; this is how Keyv 6 tells them apart.
    const expiry = this.#storage.capabilities?.expires === true ? expires : ttl
    const value = `${OPENING}${text}"${expires === undefined ? '' : `,"expires":${expires}`}}`
    const answer = await this.#call(() => this.#storage.set(name, value, expiry))
    if (answer === false) throw new Error('the Keyv adapter did not take a value')
  }

  async delete(name: string): Promise<void> {
    await this.#call(() => this.#storage.delete(name))
  }

  /** Everything in the adapter, as far as it tells. */
  async *list(): AsyncGenerator<readonly [name: string, bytes: Uint8Array | undefined]> {
    const { iterator, namespace } = this.#storage
    const pairs = this.#storage instanceof Map ? this.#storage.entries() : iterator?.call(this.#storage, namespace)
    for await (const pair of pairs ?? []) {
      if (Array.isArray(pair) && typeof pair[0] === 'string') yield [pair[0], bytesIn(pair[1])]
    }
  }

  /** Empties the adapter, or its namespace. */
  async clear(): Promise<void> {
    await this.#call(() => this.#storage.clear?.())
  }

  async disconnect(): Promise<void> {
    await this.#storage.disconnect?.()
  }

  async #call(call: () => unknown): Promise<unknown> {
    const { count } = this.#errors
    const answer = await call()
    if (this.#errors.count === count) return answer
    throw new Error('the Keyv adapter emitted an error meanwhile', { cause: this.#errors.last })
  }
}

/** The bytes in what an adapter holds; `undefined` for what {@link KeyvAdapter.set} never made. */
function bytesIn(held: unknown): Uint8Array | undefined {
  const text = typeof held === 'string' ? textOf(held) : innerText(held)
  return text === undefined ? undefined : Buffer.from(text, 'base64')
}

function textOf(held: string): string | undefined {
  if (held.startsWith(OPENING)) return held.slice(OPENING.length, held.indexOf('"', OPENING.length))
  try {
    return innerText(JSON.parse(held))
  } catch {
    return undefined
  }
}

function innerText(held: unknown): string | undefined {
  if (typeof held !== 'object' || held === null) return undefined
  const { value } = held as { readonly value?: unknown }
  return typeof value === 'string' ? value : undefined
}

export function checkStorage(storage: unknown): void {
  const given = storage as Record<string, unknown> | null | undefined
  const isAdapter =
    typeof given === 'object' &&
    given !== null &&
    [given.get, given.set, given.delete].every((verb) => typeof verb === 'function')
  if (!isAdapter) {
    const text = `keyv: expected a Keyv storage adapter or a Map, got ${shown(storage)}`
    throw new TerraceError('ERR_ARGUMENT_INVALID', text)
  }
  if ('stats' in given && 'hooks' in given && 'store' in given) {
    const text = 'keyv: expected a Keyv storage adapter, got a Keyv, which hides failures: give its store'
    throw new TerraceError('ERR_ARGUMENT_INVALID', text)
  }
}
