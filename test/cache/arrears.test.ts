import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyScope, placeId, type Scope, softened } from '../../src/entry/scope.ts'
import { Arrears } from '../../src/remote/arrears.ts'
import { Journal } from '../../src/remote/journal.ts'

const LIMIT = 4

const scope: fc.Arbitrary<Scope> = fc
  .tuple(
    fc.oneof(
      fc.constantFrom('a', 'b', 'c', 'd', 'e').map(keyScope),
      fc.constantFrom<Scope>({ kind: 'tag', tag: 't' }, { kind: 'prefix', prefix: 'p' }, { kind: 'all' }),
    ),
    fc.boolean(),
  )
  .map(([hard, isSoft]) => (isSoft ? softened(hard) : hard))

const scopes = fc.array(scope, { minLength: 1, maxLength: 6 })

const step = fc.oneof(
  fc.record({ what: fc.constantFrom('add', 'hold', 'release', 'land', 'owe'), scopes }),
  fc.record({ what: fc.constant('pay'), which: fc.nat() }),
)

describe('what a level has missed', () => {
  it('is as much as is pending in its journal, which forgets names, and in every debt that is not paid', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const journal = new Journal(LIMIT)
        const arrears = new Arrears(journal)
        const debts: { owed: number; pay: () => void }[] = []
        for (const each of steps) {
          if ('which' in each) debts.at(each.which % Math.max(1, debts.length))?.pay()
          else if (each.what === 'owe') {
            const paid = arrears.owe(each.scopes)
            const debt = {
              owed: new Set(each.scopes.map(placeId)).size,
              pay: () => {
                paid()
                debt.owed = 0
              },
            }
            debts.push(debt)
          } else if (each.what === 'land') journal.landed(each.scopes, journal.now())
          else if (each.what === 'hold') journal.hold(each.scopes)
          else if (each.what === 'release') journal.release(each.scopes)
          else journal.add(each.scopes)
          const owed = debts.reduce((sum, debt) => sum + debt.owed, 0)
          expect(arrears.pending).toBe(journal.size + owed)
          expect(journal.size).toBeLessThanOrEqual(LIMIT)
        }
      }),
      { numRuns: 300 },
    )
  })
})
