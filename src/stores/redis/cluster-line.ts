import type { Line } from './connection.ts'

/**
 * A line over one node of a cluster, which is over when that node is no master any more: one that was taken out of
 * the cluster goes on answering, and hears nothing of what is published at the others.
 */
export function whileMaster(line: Line, isMaster: () => boolean): Line {
  const ping = async (): Promise<unknown> => {
    if (!isMaster()) throw new Error('the node that is listened to is no master of the cluster any more')
    return line.ping()
  }
  return { ping, close: () => line.close() }
}

/** What calls have had no answer from one sign of life of a line to the next: some node may be frozen, which fails none. */
export class Unanswered {
  #since = { calls: 0 }
  #before = this.#since

  note(answer: Promise<unknown>): void {
    const since = this.#since
    since.calls++
    const over = (): void => {
      since.calls--
    }
    answer.then(over, over)
  }

  /** Whether there are any; to be asked at each sign of life. */
  any(): boolean {
    const { calls } = this.#before
    this.#before = this.#since
    this.#since = { calls: 0 }
    return calls > 0
  }
}

/** The nodes of a cluster. @throws Error if none is known: that is no cluster without anything in it */
export function known<T>(nodes: readonly T[]): readonly T[] {
  if (nodes.length === 0) throw new Error('no node of the cluster is known')
  return nodes
}
