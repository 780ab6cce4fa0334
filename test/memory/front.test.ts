import { describe, expect, it } from 'vitest'
import { FRONT_SLOTS, Front } from '../../src/memory/front.ts'
import { Table } from '../../src/memory/table.ts'

describe('Front', () => {
  it('guesses what it was told for a place, but not for keys that begin or are long otherwise', () => {
    const front = new Front()
    const guessed = (key: string): number => front.guess(front.place(key), key)
    expect(guessed('user:1234')).toBe(0)
    expect(front.correct(front.place('user:1234'), 'user:1234', FRONT_SLOTS)).toBe(true)
    expect(guessed('user:1234')).toBe(FRONT_SLOTS)
    expect(guessed('uber:1234')).toBe(FRONT_SLOTS)
    for (const other of ['user:1235', 'item:1234', 'users:1234']) expect(guessed(other)).toBe(0)
  })

  it('keeps the slots of all keys apart from what it notes of the keys, whatever their characters', () => {
    const front = new Front()
    for (const key of ['aaaa', '\u0000\u0000\u0000\u0000', '\uffff\uffff\uffff\uffff', '😀😀', 'x'.repeat(1e6)]) {
      for (const slot of [1, FRONT_SLOTS]) {
        front.correct(front.place(key), key, slot)
        expect(front.guess(front.place(key), key)).toBe(slot)
      }
    }
  })

  it('gives all keys places in its range, whatever their characters', () => {
    const front = new Front()
    for (const key of ['aaaa', '\u0000\u0000\u0000\u0000', '\uffff\uffff\uffff\uffff', '😀😀', 'x'.repeat(1e6)]) {
      expect(front.place(key)).toBeGreaterThanOrEqual(0)
      expect(front.place(key)).toBeLessThan(4096)
    }
  })

  it('says that it does not pay when it is wrong too often, and that it pays otherwise', () => {
    const poor = new Front()
    const good = new Front()
    let pays = true
    for (let i = 1; i <= 4096; i++) {
      pays = poor.correct(0, 'user:0000', (i % FRONT_SLOTS) + 1)
      poor.confirm()
    }
    expect(pays).toBe(false)
    for (let i = 1; i <= 4096; i++) {
      good.confirm()
      good.confirm()
      pays = good.correct(0, 'user:0000', (i % FRONT_SLOTS) + 1)
    }
    expect(pays).toBe(true)
  })
})

describe('a small table', () => {
  it('stays right when its guesses are wrong, out of date, or given up', () => {
    const table = new Table<string, number>(100, 100, 1, false)
    // Equal endings: every guess is for another key.
    const keys = Array.from({ length: 50 }, (_, i) => `${i}:profile`)
    for (const key of keys) table.insert(key, table.find(key) + 1)
    for (let round = 0; round < 200; round++) {
      for (const key of keys) expect(table.keyAt(table.find(key))).toBe(key)
    }
    const slot = table.find('7:profile')
    table.remove(slot)
    expect(table.find('7:profile')).toBe(0)
    table.insert('8:profilf', 1)
    expect(table.find('7:profile')).toBe(0)
    expect(table.find('8:profilf')).toBe(slot)
    table.clear()
    for (const key of keys) expect(table.find(key)).toBe(0)
    table.check()
  })

  it('guesses long keys as well as short ones', () => {
    const table = new Table<string, number>(100, 100, 1, false)
    const long = `tenant:acme:region:eu-west:user:${'1234'}`
    table.find(long)
    const slot = table.insert(long, 5)
    expect([table.find(long), table.find(long), table.find(`x${long}`)]).toEqual([slot, slot, 0])
  })
})
