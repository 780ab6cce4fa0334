import { expect, it } from 'vitest'
import { RecentScopes } from '../../src/coherence/recent-scopes.ts'
import { keyScope } from '../../src/entry/scope.ts'

const scopes = (...keys: string[]) => keys.map(keyScope)
const named = (first: number, last: number) =>
  scopes(...Array.from({ length: last - first + 1 }, (_, n) => `k${first + n}`))

it('remembers what is of late, each scope once, until it is cleared', () => {
  const recent = new RecentScopes()
  recent.remember(scopes('a', 'b'), 0)
  recent.remember(scopes('c'), 40_000)
  recent.remember(scopes('a'), 59_999)
  expect(recent.at(60_000)).toEqual(scopes('c', 'a'))
  recent.clear()
  expect(recent.at(60_000)).toEqual([])
})

it('remembers the latest thousand', () => {
  const recent = new RecentScopes()
  recent.remember(named(1, 700), 0)
  recent.remember(named(701, 1500), 1)
  expect(recent.at(2)).toEqual(named(501, 1500))
})
