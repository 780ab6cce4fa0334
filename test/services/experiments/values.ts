import type { MultiLevelCache } from '../../../src/index.ts'
import { isSame } from '../../codecs/same.ts'
import { KINDS } from '../../codecs/values.ts'

const STAGES = ['from the source', 'from memory', 'from the store', 'promoted']

/** Values of every kind through one cache's memory and store into another's. @returns those that were not the same, and where */
export async function changedValues(writer: MultiLevelCache, reader: MultiLevelCache): Promise<string[]> {
  const changed: string[] = []
  for (const { name, make } of KINDS) {
    const fetched = await writer.getOrFetch(name, () => make())
    const stages = [fetched.data, await writer.get(name), await reader.get(name), reader.peek(name)]
    for (const [n, value] of stages.entries()) if (!isSame(value, make())) changed.push(`${name}, ${STAGES[n]}`)
  }
  return changed
}
