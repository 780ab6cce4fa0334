/** An item of a simulated Memcached. */
interface Item {
  body: Buffer
  cas: number
  /** The second of the server's clock at which it ends; `Infinity`: never. */
  end: number
  /** Made by a read that found nothing (`N`), and not filled since. */
  isVivified: boolean
}

/** Above this a number of seconds is a moment since 1970. */
const LONGEST_RELATIVE = 30 * 24 * 3600

/**
 * The items of a Memcached, and what the meta commands do to them that the client sends: bytes in, bytes
 * out, as memcached 1.6.18 answers them. It counts time in whole seconds, as that does.
 */
export class MetaItems {
  readonly #items = new Map<string, Item>()
  readonly #second: () => number
  #cas = 0

  /** @param second what the server's clock shows */
  constructor(second: () => number) {
    this.#second = second
  }

  get names(): string[] {
    return [...this.#items.keys()]
  }

  /** The version that was given last; 0: none. */
  get lastCas(): number {
    return this.#cas
  }

  evict(name: string): void {
    this.#items.delete(name)
  }

  /** What a process that starts has: nothing, and item versions begin anew. */
  reset(): void {
    this.#items.clear()
    this.#cas = 0
  }

  /**
   * Runs one command.
   *
   * @param hasRoom whether there is memory for what it brings
   * @returns the reply; `undefined` where the connection would be of no use afterwards
   */
  run(line: string, body: Buffer, hasRoom = true): Buffer | undefined {
    const [verb = '', name = '', ...flags] = line.split(' ')
    if (verb === 'mn') return text('MN')
    if (name === '') return undefined
    if (verb === 'mg') return this.#get(name, flags)
    if (verb === 'ms') return this.#set(name, flags.slice(1), body, hasRoom)
    return verb === 'md' ? this.#delete(name, flags) : undefined
  }

  #get(name: string, flags: readonly string[]): Buffer {
    const stay = givenBy(flags, 'N')
    let item = this.#at(name)
    const isMade = item === undefined && stay !== undefined
    if (isMade) item = this.#put(name, NOTHING, this.#endIn(Number(stay)), true)
    if (item === undefined) return text('EN')
    const won = isMade ? ' W' : item.isVivified ? ' Z' : ''
    const told = `${this.#told(flags, item)}${won}`
    if (!flags.includes('v')) return text(`HD${told}`)
    return Buffer.concat([text(`VA ${item.body.length}${told}`), item.body, END])
  }

  #set(name: string, flags: readonly string[], body: Buffer, hasRoom: boolean): Buffer {
    if (!hasRoom) {
      // What is there must not outlive what would have taken its place.
      this.#items.delete(name)
      return text('SERVER_ERROR out of memory storing object')
    }
    const standing = this.#at(name)
    const code = refusal(standing, givenBy(flags, 'C'), givenBy(flags, 'M'))
    if (code !== undefined) return text(`${code}${this.#told(flags, undefined)}`)
    const item = this.#put(name, Buffer.from(body), this.#endIn(Number(givenBy(flags, 'T') ?? 0)), false)
    return text(`HD${this.#told(flags, item)}`)
  }

  #delete(name: string, flags: readonly string[]): Buffer {
    const standing = this.#at(name)
    if (standing === undefined) return text('NF')
    if (refusal(standing, givenBy(flags, 'C'), undefined) !== undefined) return text('EX')
    this.#items.delete(name)
    return text('HD')
  }

  #put(name: string, body: Buffer, end: number, isVivified: boolean): Item {
    const item = { body, cas: ++this.#cas, end, isVivified }
    this.#items.set(name, item)
    return item
  }

  #at(name: string): Item | undefined {
    const item = this.#items.get(name)
    if (item === undefined || item.end > this.#second()) return item
    this.#items.delete(name)
    return undefined
  }

  #endIn(seconds: number): number {
    if (seconds === 0) return Number.POSITIVE_INFINITY
    return seconds > LONGEST_RELATIVE ? seconds : this.#second() + seconds
  }

  #told(flags: readonly string[], item: Item | undefined): string {
    let told = ''
    for (const flag of flags) {
      if (flag === 'c') told += ` c${item?.cas ?? 0}`
      else if (flag === 't' && item !== undefined)
        told += ` t${item.end === Number.POSITIVE_INFINITY ? -1 : item.end - this.#second()}`
    }
    return told
  }
}

const END = Buffer.from('\r\n')
const NOTHING = Buffer.alloc(0)

function text(line: string): Buffer {
  return Buffer.from(`${line}\r\n`, 'latin1')
}

function givenBy(flags: readonly string[], letter: string): string | undefined {
  return flags.find((flag) => flag.startsWith(letter))?.slice(1)
}

/** Why a change is not made on these conditions. */
function refusal(standing: Item | undefined, cas: string | undefined, mode: string | undefined): string | undefined {
  if (cas !== undefined && standing === undefined) return 'NF'
  if (cas !== undefined && standing?.cas !== Number(cas)) return 'EX'
  return mode === 'E' && standing !== undefined ? 'NS' : undefined
}
