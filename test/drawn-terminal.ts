interface Row {
  text: string
  /** Whether it goes on in the next row, for want of room. */
  goesOn: boolean
}

/** A terminal as far as a table that is redrawn in place needs one: what was written to it, as it would be seen. */
export class DrawnTerminal {
  readonly isTTY = true
  columns: number
  rows: number
  /** All rows there ever were, those that have been scrolled out of sight first. */
  #all: Row[] = [{ text: '', goesOn: false }]
  #top = 0
  #x = 0
  #y = 0
  #resized: () => void = () => undefined

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
  }

  /** What is in sight. */
  get screen(): string[] {
    return this.#all.slice(this.#top).map(({ text }) => text.trimEnd())
  }

  /** The same, and what was scrolled out of sight. */
  get everything(): string[] {
    return this.#all.map(({ text }) => text.trimEnd())
  }

  /** Whether a line was longer than there was room for. */
  get hasWrapped(): boolean {
    return this.#all.some(({ goesOn }) => goesOn)
  }

  on(_: 'resize', listener: () => void): void {
    this.#resized = listener
  }

  write(output: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what terminals obey
    for (const [piece, length, command] of output.matchAll(/\x1b\[(\d*)([A-Z])|./gsu)) {
      if (command === 'A') this.#y = Math.max(this.#top, this.#y - Number(length || 1))
      else if (command === 'H') [this.#x, this.#y] = [0, this.#top]
      else if (command === 'J') this.#eraseBelow()
      else if (command !== undefined || piece < ' ') this.#control(piece)
      else this.#put(piece)
    }
  }

  /** Terminals either break what they show anew (`reflows`), or cut it off. */
  resize(columns: number, rows: number, reflows: boolean): void {
    this.columns = columns
    this.rows = rows
    const before = this.#all
    this.#all = []
    for (const [n, row] of before.entries()) {
      const last = this.#all.at(-1)
      if (reflows && last !== undefined && before[n - 1]?.goesOn === true) last.text += row.text
      else this.#all.push({ text: reflows ? row.text : row.text.slice(0, columns), goesOn: false })
      if (n === this.#y) this.#y = this.#all.length - 1
    }
    if (reflows) this.#breakAll()
    this.#x = 0
    this.#top = Math.max(0, this.#y - rows + 1)
    this.#resized()
  }

  #breakAll(): void {
    const whole = this.#all
    this.#all = []
    for (const [n, { text }] of whole.entries()) {
      const pieces = text.match(new RegExp(`.{1,${this.columns}}`, 'gu')) ?? ['']
      this.#all.push(...pieces.map((piece, i) => ({ text: piece, goesOn: i < pieces.length - 1 })))
      if (n === this.#y) this.#y = -this.#all.length
    }
    this.#y = -this.#y - 1
  }

  #control(character: string): void {
    if (character !== '\n') throw new Error(`not known to this terminal: ${JSON.stringify(character)}`)
    this.#x = 0
    this.#down()
  }

  #put(character: string): void {
    if (this.#x === this.columns) {
      this.#all[this.#y]!.goesOn = true
      this.#x = 0
      this.#down()
    }
    const row = this.#all[this.#y]!
    row.text = row.text.slice(0, this.#x).padEnd(this.#x) + character + row.text.slice(this.#x + 1)
    this.#x++
  }

  #down(): void {
    this.#y++
    while (this.#all.length <= this.#y) this.#all.push({ text: '', goesOn: false })
    this.#top = Math.max(this.#top, this.#y - this.rows + 1)
  }

  #eraseBelow(): void {
    this.#all.length = this.#y + 1
    this.#all[this.#y] = { text: this.#all[this.#y]!.text.slice(0, this.#x), goesOn: false }
  }
}
