import { types } from 'node:util'

/** Objects visited at most; what is beyond is extrapolated. */
const VISITS = 1000
/** Objects visited at one depth, however few may be left for what lies deeper. */
const BREADTH = 32
/** Parts looked at in one array, map, set or object; the others are taken to be like them. */
const SAMPLE = 64

/** Bytes on a 64-bit V8 heap without pointer compression, as Node.js is built. */
const WORD = 8
const HEADER = 3 * WORD
const STRING = 16
/** A number that is not whole, beside what holds it. */
const BOXED = 2 * WORD
/** What a property costs with its value where V8 makes a dictionary of an object: of so many, or without a prototype. */
const DICTIONARY = 1020
const DICTIONARY_PROPERTY = 6 * WORD
/** Entries for which a map or set has room when it is made. */
const ROOM = 4
const HIDDEN_IN_ERRORS = ['message', 'cause', 'errors']

const mapSize = getter<number>(Map.prototype, 'size')
const setSize = getter<number>(Set.prototype, 'size')
const sourceOf = getter<string>(RegExp.prototype, 'source')

/**
 * An estimate of how many bytes of heap a value keeps alive: a bounded walk, without recursion, that
 * counts each object once. Long collections are sampled. Shared objects are counted for each value that
 * holds them; functions and weak references count as one word, what is under symbols, in private fields
 * and inside of built-in objects (a URL, a Promise) not at all. A view counts its own bytes, not those of a larger buffer that it
 * keeps alive.
 *
 * The walk goes down depth by depth. Where there is more at one depth than may be visited, a part spread
 * evenly over it stands for the whole, so that a tree of a million objects is weighed as well as rows are.
 * Where parts meet again they are no tree, and there are no more than were met: by as many as were met
 * again, as with birthdays, it is known among how many.
 *
 * One step is not bounded: of a plain object all names are listed, for nothing enumerates a part of them.
 * With a million properties that takes a quarter of a second.
 *
 * It runs nobody's code and never throws: getters are not called, overridden methods not used, and
 * proxies not looked into.
 */
export function heapBytes(value: unknown): number {
  if (typeof value === 'string') return stringBytes(value)
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? bigintBytes(value) : WORD
  return new Walk().bytesOf(value)
}

/** One byte a character where all are Latin-1, else two; of a long string the beginning and the end tell. */
function stringBytes(text: string): number {
  const { length } = text
  const wide =
    length <= 2 * SAMPLE ? isWide(text, 0, length) : isWide(text, 0, SAMPLE) || isWide(text, length - SAMPLE, length)
  return STRING + (wide ? 2 * length : length)
}

function isWide(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (text.charCodeAt(i) > 0xff) return true
  return false
}

function bigintBytes(value: bigint): number {
  if (BigInt.asIntN(64, value) === value) return HEADER
  // Beyond 1024 bits its length is not worth the division.
  if (BigInt.asIntN(256, value) === value) return HEADER + 16
  return HEADER + (BigInt.asIntN(1024, value) === value ? 128 : 4096)
}

/** A getter of a built-in class, which a subclass cannot override. */
function getter<T>(prototype: object, name: string): (object: object) => T {
  const { get } = Object.getOwnPropertyDescriptor(prototype, name)!
  return (object) => get!.call(object) as T
}

/** An object to visit, and how many it stands for. */
interface Part {
  readonly object: object
  times: number
}

class Walk {
  readonly #met = new Map<object, Part>()
  readonly #metAgain = new Set<object>()
  /** What lies one step deeper than what is being visited. */
  #deeper: Part[] = []
  #owner: object | undefined
  #bytes = 0

  bytesOf(root: object): number {
    this.#meet(root, 1)
    let left = VISITS
    let objects = 0
    while (this.#deeper.length > 0 && left > 0) {
      const parts = thinned(this.#deeper, Math.min(left, Math.max(BREADTH, left >> 2)))
      this.#deeper = []
      left -= parts.length
      for (const { object, times } of parts) {
        this.#visit(object, times)
        objects += times
      }
    }
    // What was not visited is taken to weigh as much as the average of what was.
    const all = this.#deeper.reduce((sum, { times }) => sum + times, objects)
    return Math.ceil((this.#bytes / objects) * Math.min(all, this.#most))
  }

  /** Among how many objects there must be, about, if so many of those that were met were met again. */
  get #most(): number {
    const met = this.#met.size
    return Math.max(met, met ** 2 / (2 * this.#metAgain.size))
  }

  #meet(object: object, times: number): void {
    const met = this.#met.get(object)
    if (met === undefined) {
      const part = { object, times }
      this.#met.set(object, part)
      this.#deeper.push(part)
    } else if (object !== this.#owner) {
      // One that many share, not one of many.
      met.times = Math.min(met.times, 1)
      this.#metAgain.add(object)
    }
  }

  #visit(object: object, times: number): void {
    this.#owner = object
    if (types.isProxy(object)) this.#bytes += times * HEADER
    else if (Array.isArray(object)) {
      this.#bytes += times * (2 * HEADER + WORD * object.length)
      this.#elements(object, times)
    } else if (ArrayBuffer.isView(object)) {
      this.#bytes += times * (9 * HEADER + object.byteLength)
    } else if (types.isAnyArrayBuffer(object)) {
      this.#bytes += times * (5 * HEADER + object.byteLength)
    } else if (types.isMap(object)) {
      const size = mapSize(object)
      this.#bytes += times * (2 * HEADER + Math.max(ROOM, size) * 5 * WORD)
      this.#sample(pairs(object), 2 * size, times)
    } else if (types.isSet(object)) {
      const size = setSize(object)
      this.#bytes += times * (2 * HEADER + Math.max(ROOM, size) * 4 * WORD)
      this.#sample(Set.prototype.values.call(object), size, times)
    } else if (types.isStringObject(object)) {
      this.#bytes += times * (HEADER + stringBytes(String.prototype.valueOf.call(object)))
    } else {
      if (types.isDate(object)) this.#bytes += times * 3 * HEADER
      if (types.isRegExp(object)) this.#bytes += times * (6 * HEADER + stringBytes(sourceOf(object)))
      this.#properties(object, times)
    }
  }

  /** Elements of an array, spread evenly over it: their kinds may differ from end to end. */
  #elements(array: object & { readonly length: number }, times: number): void {
    const { length } = array
    const looked = Math.min(length, SAMPLE)
    let boxed = 0
    let others = 0
    for (let i = 0; i < looked; i++) {
      const value = valueIn(array, String(Math.floor((i * length) / looked)))
      if (typeof value === 'number') {
        if (!Number.isInteger(value)) boxed++
      } else {
        others++
        this.#part(value, (times * length) / looked)
      }
    }
    // Where there are only numbers, V8 has them in the array itself.
    if (others > 0) this.#bytes += ((times * length) / looked) * boxed * BOXED
  }

  #sample(parts: Iterable<unknown>, count: number, times: number): void {
    const looked = Math.min(count, SAMPLE)
    let left = looked
    for (const part of parts) {
      if (left-- === 0) break
      this.#part(part, (times * count) / looked)
    }
  }

  #properties(object: object, times: number): void {
    const names = Object.keys(object)
    const { length } = names
    const isDictionary = length > DICTIONARY || Object.getPrototypeOf(object) === null
    this.#bytes += times * (HEADER + length * (isDictionary ? DICTIONARY_PROPERTY : WORD))
    const looked = Math.min(length, SAMPLE)
    for (let i = 0; i < looked; i++) {
      this.#property(object, names[Math.floor((i * length) / looked)]!, (times * length) / looked)
    }
    if (types.isNativeError(object)) {
      this.#bytes += times * 500
      for (const name of HIDDEN_IN_ERRORS) this.#property(object, name, times)
    }
  }

  #property(object: object, name: string, times: number): void {
    this.#part(valueIn(object, name), times)
  }

  #part(part: unknown, times: number): void {
    if (typeof part === 'string') this.#bytes += times * stringBytes(part)
    else if (typeof part === 'bigint') this.#bytes += times * bigintBytes(part)
    else if (typeof part === 'number') this.#bytes += Number.isInteger(part) ? 0 : times * BOXED
    else if (typeof part === 'object' && part !== null) this.#meet(part, times)
  }
}

/** What is stored under a name: a getter may throw or do work. */
function valueIn(object: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(object, name)?.value
}

/** At most so many of the parts, spread evenly over what they stand for, to stand for all of it. */
function thinned(parts: readonly Part[], most: number): readonly Part[] {
  if (parts.length <= most) return parts
  const step = parts.reduce((sum, { times }) => sum + times, 0) / most
  const chosen: Part[] = []
  let passed = 0
  let next = step / 2
  for (const { object, times } of parts) {
    passed += times
    const steps = Math.max(0, Math.ceil((passed - next) / step))
    if (steps > 0) chosen.push({ object, times: steps * step })
    next += steps * step
  }
  return chosen
}

function* pairs(map: ReadonlyMap<unknown, unknown>): Iterable<unknown> {
  for (const [key, value] of Map.prototype.entries.call(map)) {
    yield key
    yield value
  }
}
