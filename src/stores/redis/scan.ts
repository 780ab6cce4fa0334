import { storedPrefix } from '../../entry/key-text.ts'
import type { Master } from './connection.ts'
import { globOf, type Names } from './names.ts'
import { listOf, textOf } from './replies.ts'
import type { Found } from './sweeper.ts'

/**
 * The keys that begin like that, in batches, of all servers. One may come twice. Where a server fails, those after it
 * are asked all the same, and its failure is thrown at the end.
 */
export async function* scan(
  masters: readonly Master[],
  names: Names,
  prefix: string,
  isOver: () => boolean,
): AsyncGenerator<Found[]> {
  const pattern =
    names.shards.length === 1
      ? globOf(names.shards[0]!.data + storedPrefix(prefix))
      : `${globOf(names.begin)}:${globOf(storedPrefix(prefix))}`
  const failures: unknown[] = []
  for (const master of masters) {
    try {
      yield* scanOne(master, pattern, names, prefix, isOver)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

async function* scanOne(
  master: Master,
  pattern: string,
  names: Names,
  prefix: string,
  isOver: () => boolean,
): AsyncGenerator<Found[]> {
  let cursor = '0'
  do {
    const answer = listOf(await master.send(['SCAN', cursor, 'MATCH', pattern, 'COUNT', '500']))
    cursor = textOf(answer[0])
    const found: Found[] = []
    for (const name of listOf(answer[1]).map(textOf)) {
      const place = names.placeIn(name)
      if (place?.key.startsWith(prefix)) found.push({ ...place, name })
    }
    // Also where there are none: among many keys of others the way to the next one is long.
    yield found
  } while (cursor !== '0' && !isOver())
}
