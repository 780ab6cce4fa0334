/** Objects visited before the rest is extrapolated: the cost of one estimate is bounded. */
const VISITS = 1000
/** Elements looked at in one array, map or set; the others are taken to be like them. */
const SAMPLE = 64

/** Bytes on a 64-bit V8 heap without pointer compression, as Node.js is built. */
const WORD = 8
const HEADER = 3 * WORD
const STRING = 16

/**
 * An estimate of how many bytes of heap a value keeps alive: a bounded walk, without recursion, that
 * counts each object once. Long collections are sampled. Shared objects are counted for each value
 * that holds them; functions and weak references count as one word.
 */
export function heapBytes(value: unknown): number {
  if (typeof value === 'string') return STRING + value.length
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? bigintBytes(value) : WORD
  return new Walk().bytesOf(value)
}

function bigintBytes(value: bigint): number {
  // Beyond 1024 bits its length is not worth the division.
  return HEADER + (BigInt.asIntN(1024, value) === value ? 128 : 4096)
}

class Walk {
  readonly #seen = new Set<object>()
  /** Objects still to visit, each with how many others it stands for. */
  readonly #queue: { readonly object: object; readonly times: number }[] = []
  #bytes = 0

  bytesOf(root: object): number {
    this.#enqueue(root, 1)
    for (let visited = 0; visited < VISITS; visited++) {
      const next = this.#queue.pop()
      if (next === undefined) return Math.ceil(this.#bytes)
      this.#visit(next.object, next.times)
    }
    // What was not visited is taken to weigh as much as the average of what was.
    const rest = this.#queue.reduce((sum, { times }) => sum + times, 0)
    return Math.ceil(this.#bytes + (this.#bytes / VISITS) * rest)
  }

  #enqueue(object: object, times: number): void {
    if (this.#seen.has(object)) return
    this.#seen.add(object)
    this.#queue.push({ object, times })
  }

  #visit(object: object, times: number): void {
    if (Array.isArray(object)) {
      this.#bytes += times * (HEADER + WORD * object.length)
      this.#elements(object, object.length, times)
    } else if (ArrayBuffer.isView(object)) {
      this.#bytes += times * (HEADER * 4 + object.byteLength)
    } else if (object instanceof ArrayBuffer) {
      this.#bytes += times * (HEADER * 3 + object.byteLength)
    } else if (object instanceof Map) {
      this.#bytes += times * (HEADER + object.size * 4 * WORD)
      this.#elements(pairs(object), object.size, times)
    } else if (object instanceof Set) {
      this.#bytes += times * (HEADER + object.size * 3 * WORD)
      this.#elements(object, object.size, times)
    } else {
      this.#properties(object, times)
    }
  }

  #elements(elements: Iterable<unknown>, count: number, times: number): void {
    const sampled = Math.min(count, SAMPLE)
    let left = sampled
    for (const element of elements) {
      if (left-- === 0) break
      this.#part(element, (times * count) / sampled)
    }
  }

  #properties(object: object, times: number): void {
    this.#bytes += times * HEADER
    let names = 0
    for (const name in object) {
      if (!Object.hasOwn(object, name)) continue
      this.#bytes += times * WORD
      if (++names > SAMPLE * 4) continue
      // A getter may throw or do work: only stored values are looked at.
      const property = Object.getOwnPropertyDescriptor(object, name)
      if (property !== undefined && 'value' in property) this.#part(property.value, times)
    }
    if (object instanceof Error) this.#bytes += times * (STRING * 2 + object.message.length + 500)
  }

  #part(part: unknown, times: number): void {
    if (typeof part === 'string') this.#bytes += times * (STRING + part.length)
    else if (typeof part === 'bigint') this.#bytes += times * bigintBytes(part)
    else if (typeof part === 'number') this.#bytes += Number.isInteger(part) ? 0 : times * 2 * WORD
    else if (typeof part === 'object' && part !== null) this.#enqueue(part, times)
  }
}

function* pairs(map: ReadonlyMap<unknown, unknown>): Iterable<unknown> {
  for (const [key, value] of map) {
    yield key
    yield value
  }
}
