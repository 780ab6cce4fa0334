/** The commands in the bytes of one connection, however they are cut. */
export class MetaRequests {
  #rest: Buffer = Buffer.alloc(0)

  /** Takes the next bytes. @returns the commands that are complete now, each with the body it announced */
  feed(chunk: Buffer): { readonly line: string; readonly body: Buffer }[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const requests: { readonly line: string; readonly body: Buffer }[] = []
    for (;;) {
      const end = this.#rest.indexOf('\r\n')
      if (end < 0) return requests
      const line = this.#rest.toString('latin1', 0, end)
      const size = line.startsWith('ms ') ? Number(line.split(' ')[2]) + 2 : 0
      const begin = end + 2
      if (this.#rest.length < begin + size) return requests
      requests.push({ line, body: this.#rest.subarray(begin, begin + Math.max(0, size - 2)) })
      this.#rest = this.#rest.subarray(begin + size)
    }
  }
}
