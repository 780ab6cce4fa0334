// One line on a terminal, rewritten; in a log, a line for each tenth of the work.
const WIDTH = 24

export class Progress {
  #title
  #total
  #done = 0
  #tenth = -1
  #started = performance.now()

  constructor(title, total) {
    this.#title = title
    this.#total = total
  }

  step(what) {
    this.#report(what)
    this.#done++
    if (this.#done === this.#total) this.#end()
  }

  #report(what) {
    const share = this.#done / this.#total
    if (process.stderr.isTTY) {
      const bar = '█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '░')
      process.stderr.write(`\r\x1b[K${this.#title} ${bar} ${Math.round(share * 100)} % ${what}`)
      return
    }
    const tenth = Math.floor(share * 10)
    if (tenth > this.#tenth) process.stderr.write(`${this.#title} ${tenth * 10} %\n`)
    this.#tenth = tenth
  }

  #end() {
    const seconds = Math.round((performance.now() - this.#started) / 1000)
    process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${this.#title} done in ${seconds} s\n`)
  }
}
