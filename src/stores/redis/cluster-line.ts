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

/** The nodes of a cluster. @throws Error if none is known: that is no cluster without anything in it */
export function known<T>(nodes: readonly T[]): readonly T[] {
  if (nodes.length === 0) throw new Error('no node of the cluster is known')
  return nodes
}
