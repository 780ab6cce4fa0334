interface Write {
  readonly value: number | undefined
  readonly begun: number
  ended: number
  /** Whether it was acknowledged: one that was not may have taken effect, or not. */
  isSure: boolean
}

/**
 * What reads may answer, by what was called and answered when: nothing older than the last write that had been
 * acknowledged when the read was called. Writes of a key count in the order of their calls.
 */
export class WriteHistory {
  readonly #writes = new Map<string, Write[]>()
  #clock = 0

  /** @returns to be called when the write has ended */
  write(key: string, value: number | undefined): (isSure: boolean) => void {
    const write: Write = { value, begun: this.#clock++, ended: Number.POSITIVE_INFINITY, isSure: false }
    this.#of(key).push(write)
    return (isSure) => {
      write.ended = this.#clock++
      write.isSure = isSure
    }
  }

  /** @returns to be called with what was read: the values it could have been, if it is none of them */
  read(key: string): (value: number | undefined) => readonly (number | undefined)[] | undefined {
    const begun = this.#clock++
    return (value) => {
      const all = this.#of(key)
      const last = all.findLastIndex(({ isSure, ended }) => isSure && ended < begun)
      const allowed = all.slice(last).map((write) => write.value)
      return allowed.includes(value) ? undefined : allowed
    }
  }

  /** What the source may have when nothing is under way any more. */
  atRest(key: string): readonly (number | undefined)[] {
    const all = this.#of(key)
    return all.slice(all.findLastIndex(({ isSure }) => isSure)).map(({ value }) => value)
  }

  /** What was there before the first write counts as one. */
  #of(key: string): Write[] {
    const known = this.#writes.get(key)
    if (known !== undefined) return known
    const first: Write[] = [{ value: undefined, begun: -1, ended: -1, isSure: true }]
    this.#writes.set(key, first)
    return first
  }
}
