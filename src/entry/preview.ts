import { types } from 'node:util'

/** A value as text that a person can read, for where it is shown. */
export interface Preview {
  readonly text: string
  /** `null`, `string`, `number`, `Array`, `Object`, `Map`, `Buffer` or the name of its class. */
  readonly type: string
  /** Whether there is more to the value than is shown. */
  readonly cut: boolean
  /** Whether something was masked. */
  readonly masked: boolean
}

/**
 * Says what is shown in the place of a part of a value: the part itself, or anything else, such as
 * `'•••'`. `path` leads there: names of properties, indexes, keys of maps; it is empty for the value as
 * a whole. What it throws is not shown to anybody: all is masked then.
 */
export type Mask = (part: unknown, path: readonly string[], key: string) => unknown

/** How a preview is made. */
export interface PreviewLimits {
  /** The most characters. */
  readonly maxLength: number
  readonly mask: Mask
}

/** Parts of one object, objects in all and levels of nesting that are shown at most. */
const MOST_PARTS = 100
const MOST_OBJECTS = 500
const DEEPEST = 8
/** Characters of one text, and bytes of one buffer. */
const LONGEST_TEXT = 1000
const MOST_BYTES = 32

const MASKED = '•••'
const SECRET =
  /pass(word|wd|phrase)?$|secret|credential|token|authori[sz]ation|cookie|api[-_]?key|private[-_]?key|session[-_]?id|^(pin|cvv|cvc|ssn|iban|otp)$|card[-_]?number/i

/** Masks what lies under a name that sounds like a secret: `password`, `apiKey`, `sessionToken` … */
export const maskSecrets: Mask = (part, path) => {
  const name = path.at(-1)
  return name !== undefined && part !== null && part !== undefined && SECRET.test(name) ? MASKED : part
}

/**
 * A bounded preview: apart from listing the names of an object's properties, the cost does not grow with
 * the value. Runs nobody's code but the mask: getters are
 * not called, proxies not looked into, no method of the value is used. Never throws.
 */
export function preview(value: unknown, key: string, { maxLength, mask }: PreviewLimits): Preview {
  const sheet = new Sheet(key, maxLength, mask)
  const type = typeName(value)
  try {
    sheet.show(value, [])
  } catch {
    // The mask threw: what it was to hide is not known.
    return { text: MASKED, type, cut: true, masked: true }
  }
  return { text: sheet.text, type, cut: sheet.isCut, masked: sheet.isMasked }
}

/** What is written so far. */
class Sheet {
  readonly #key: string
  readonly #most: number
  readonly #mask: Mask
  readonly #above: object[] = []
  #objects = 0
  text = ''
  isCut = false
  isMasked = false

  constructor(key: string, most: number, mask: Mask) {
    this.#key = key
    this.#most = most
    this.#mask = mask
  }

  show(part: unknown, path: readonly string[]): void {
    const shown = this.#mask(part, path, this.#key)
    if (!Object.is(shown, part)) this.isMasked = true
    if (typeof shown === 'object' && shown !== null) this.#object(shown, path)
    else this.#add(this.#plain(shown))
  }

  #plain(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return this.#quoted(value)
      case 'bigint':
        return BigInt.asIntN(256, value) === value ? `${value}n` : 'a bigint of more than 256 bits'
      case 'function':
        return 'a function'
      case 'symbol':
        return 'a symbol'
      default:
        return Object.is(value, -0) ? '-0' : String(value)
    }
  }

  #quoted(text: string): string {
    if (text.length <= LONGEST_TEXT) return JSON.stringify(text)
    this.isCut = true
    return `${JSON.stringify(text.slice(0, LONGEST_TEXT))}… (${text.length} characters)`
  }

  #object(value: object, path: readonly string[]): void {
    if (types.isProxy(value)) this.#add('a proxy')
    else if (this.#above.includes(value)) this.#add('(itself, from above)')
    else if (this.#above.length >= DEEPEST || ++this.#objects > MOST_OBJECTS) {
      this.isCut = true
      this.#add('…')
    } else {
      this.#above.push(value)
      this.#content(value, path)
      this.#above.pop()
    }
  }

  #content(value: object, path: readonly string[]): void {
    if (Array.isArray(value)) this.#list('[', ']', elements(value), value.length, path)
    else if (types.isMap(value)) this.#map(value, path)
    else if (types.isSet(value)) this.#list('Set {', '}', numbered(SET_VALUES.call(value)), sizeOf(value), path)
    else if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) this.#bytes(value)
    else if (types.isDate(value)) this.#add(dateText(value))
    else if (types.isRegExp(value)) this.#add('a regular expression')
    else this.#properties(value, path)
  }

  #properties(value: object, path: readonly string[]): void {
    const names = Object.keys(value)
    const type = typeName(value)
    if (types.isNativeError(value)) names.unshift('message')
    this.#add(type === 'Object' ? '{' : `${type} {`)
    for (const [n, name] of names.slice(0, MOST_PARTS).entries()) {
      if (this.isFull) break
      this.#add(`${n === 0 ? ' ' : ', '}${nameText(name)}: `)
      const property = Object.getOwnPropertyDescriptor(value, name)
      if (property === undefined || 'value' in property) this.show(property?.value, [...path, name])
      else this.#add('(computed)')
    }
    this.#end(names.length, names.length === 0 ? '}' : ' }')
  }

  #map(map: Map<unknown, unknown>, path: readonly string[]): void {
    this.#add('Map {')
    let shown = 0
    for (const [key, value] of MAP_ENTRIES.call(map)) {
      if (this.isFull || shown === MOST_PARTS) break
      this.#add(shown++ === 0 ? ' ' : ', ')
      // A key may be as secret as a value, and any object.
      this.show(key, [...path, '(key)'])
      this.#add(' => ')
      this.show(value, [...path, typeof key === 'string' ? key : this.#plainName(key)])
    }
    this.#end(mapSize(map), shown === 0 ? '}' : ' }')
  }

  #plainName(key: unknown): string {
    return typeof key === 'object' && key !== null ? '(object)' : this.#plain(key)
  }

  #list(begin: string, end: string, parts: Iterable<[number, unknown]>, count: number, path: readonly string[]): void {
    this.#add(begin)
    let shown = 0
    for (const [at, part] of parts) {
      if (this.isFull || shown === MOST_PARTS) break
      if (shown++ > 0) this.#add(', ')
      this.show(part, [...path, String(at)])
    }
    this.#end(count, end)
  }

  #bytes(value: ArrayBufferView | ArrayBufferLike): void {
    const { byteLength } = value
    const bytes = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, Math.min(byteLength, MOST_BYTES))
      : new Uint8Array(value, 0, Math.min(byteLength, MOST_BYTES))
    if (byteLength > MOST_BYTES) this.isCut = true
    const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
    this.#add(`${typeName(value)} of ${byteLength} bytes <${hex}${byteLength > MOST_BYTES ? '…' : ''}>`)
  }

  #end(parts: number, end: string): void {
    if (parts > MOST_PARTS) {
      this.isCut = true
      this.#add(`, … ${parts - MOST_PARTS} more`)
    }
    this.#add(end)
  }

  get isFull(): boolean {
    return this.text.length >= this.#most
  }

  #add(text: string): void {
    const room = this.#most - this.text.length
    if (text.length <= room) this.text += text
    else {
      this.isCut = true
      this.text += text.slice(0, Math.max(0, room))
    }
  }
}

/** Getters and methods of the built-in classes, which no subclass can override. */
const SET_VALUES = Set.prototype.values
const MAP_ENTRIES = Map.prototype.entries
const mapSize = sizeGetter(Map.prototype)
const sizeOf = sizeGetter(Set.prototype)

function sizeGetter(prototype: object): (object: object) => number {
  const { get } = Object.getOwnPropertyDescriptor(prototype, 'size')!
  return (object) => get!.call(object) as number
}

function* elements(array: readonly unknown[]): Generator<[number, unknown]> {
  for (let at = 0; at < array.length; at++) {
    const element = Object.getOwnPropertyDescriptor(array, at)
    yield [at, element !== undefined && 'value' in element ? element.value : undefined]
  }
}

function* numbered(parts: Iterable<unknown>): Generator<[number, unknown]> {
  let at = 0
  for (const part of parts) yield [at++, part]
}

function nameText(name: string): string {
  const short = name.length > 100 ? `${name.slice(0, 100)}…` : name
  return /^[A-Za-z_$][\w$]*$/.test(short) ? short : JSON.stringify(short)
}

function dateText(date: Date): string {
  const time = Date.prototype.getTime.call(date)
  return Number.isNaN(time) ? 'an invalid date' : Date.prototype.toISOString.call(date)
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  if (types.isProxy(value)) return 'Proxy'
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null) return 'Object'
  const maker = stored(prototype as object, 'constructor')
  const name = typeof maker === 'function' && !types.isProxy(maker) ? stored(maker, 'name') : undefined
  return typeof name === 'string' && name !== '' ? name.slice(0, 100) : 'Object of a class without a name'
}

/** A property that holds a value; of a proxy, or computed by a getter, it is not asked for. */
function stored(object: object, name: string): unknown {
  return types.isProxy(object) ? undefined : Object.getOwnPropertyDescriptor(object, name)?.value
}
