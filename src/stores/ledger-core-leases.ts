import type { LeaseTable } from './ledger-core-tables.ts'

/** Takes or renews leases, one after the other: `LedgerCore.lease` says by which rules. */
export function takeLeases(
  leases: LeaseTable,
  keys: readonly string[],
  holder: string,
  time: number,
  leaseTime: number,
  isFilled: (key: string) => boolean,
): ('granted' | 'filled' | number)[] {
  return keys.map((key) => {
    if (isFilled(key)) return 'filled'
    const row = leases.get(key)
    const lasts = row !== undefined && row.until > time
    if (lasts && row.holder !== holder) {
      if (!row.awaited) leases.put(key, { ...row, awaited: true })
      return row.until - time
    }
    leases.put(key, { holder, until: time + leaseTime, awaited: lasts && row.awaited })
    return 'granted'
  })
}

/** Ends leases that have not ended by themselves; @returns the keys of those that somebody was refused. */
export function endLeases(
  leases: LeaseTable,
  keys: readonly string[],
  holder: string | undefined,
  time: number,
): readonly string[] {
  const awaited: string[] = []
  for (const key of keys) {
    const row = leases.get(key)
    if (row === undefined || (holder !== undefined && row.holder !== holder)) continue
    leases.remove(key)
    if (row.awaited && row.until > time) awaited.push(key)
  }
  return awaited
}
