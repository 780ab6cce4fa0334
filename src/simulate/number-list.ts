const PIECE_BITS = 18
const PIECE = 2 ** PIECE_BITS
const WITHIN = PIECE - 1

/** A growing list of unsigned 32-bit numbers: 4 bytes each, in pieces of 1 MiB, so that growing never copies. */
export class NumberList {
  readonly #pieces: Uint32Array[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if ((this.#length & WITHIN) === 0) this.#pieces.push(new Uint32Array(PIECE))
    this.#pieces[this.#length >>> PIECE_BITS]![this.#length & WITHIN] = value
    this.#length++
  }

  /** The number at a place below {@link length}. */
  at(index: number): number {
    return this.#pieces[index >>> PIECE_BITS]![index & WITHIN]!
  }

  /** Replaces the number at a place below {@link length}. */
  set(index: number, value: number): void {
    this.#pieces[index >>> PIECE_BITS]![index & WITHIN] = value
  }
}
