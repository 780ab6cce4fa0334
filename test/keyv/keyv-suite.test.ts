import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite'
import { Keyv } from 'keyv'
import { Keyv as Keyv6 } from 'keyv6'
import * as vitest from 'vitest'
import { createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { KeyvTerrace } from '../../src/integrations/keyv.ts'

/** The suite brings a vitest of its own, of whose types it makes nothing. */
const runner = vitest as unknown as Parameters<typeof keyvTestSuite>[0]

/** Keyv 6, which this suite does not know yet, answers for each key where Keyv 5 gave one answer for all. */
class Keyv6LikeKeyv5 extends Keyv6 {
  override async deleteMany(keys: string[]): Promise<boolean[]> {
    const had = await super.deleteMany(keys)
    return had.every(Boolean) as unknown as boolean[]
  }
}

/** The suite wants views of one shared back end. */
function suite(name: string, cache: MultiLevelCache, Kind: typeof Keyv = Keyv): void {
  const store = () => new KeyvTerrace(cache)
  vitest.describe(`@keyv/test-suite over ${name}`, () => {
    keyvTestSuite(runner, Kind, store)
    keyvIteratorTests(runner, Kind, store)
  })
}

suite('one level', createCache())
suite('two levels', createCache({ levels: [memory({ maxEntries: 3 }), memory()] }))
suite('a namespace of a cache', createCache().namespace('sessions'))
suite('one level, in Keyv 6', createCache(), Keyv6LikeKeyv5 as unknown as typeof Keyv)
