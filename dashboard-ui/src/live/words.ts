import type { AskedScope, Told } from '../../../src/dashboard/protocol.ts'
import { quoted } from './given.tsx'

/** `99.9 %`: what is not all does not look like all. */
export function percent(part: Told | undefined): string {
  if (part == null || Number.isNaN(part)) return '–'
  return `${(part < 1 ? Math.min(99.9, part * 100) : part * 100).toFixed(1)} %`
}

/** `99.98 %`: the same with two decimals. */
export function share(part: number): string {
  return part === 1 ? '100 %' : `${(Math.floor(part * 10_000) / 100).toFixed(2)} %`
}

/** `1,234`, `12.3k`, `4.5M`. */
export function amount(n: Told | undefined): string {
  if (n == null) return '–'
  const size = Math.abs(n)
  if (size >= 999.95e6) return `${(n / 1e9).toFixed(1)}G`
  if (size >= 999.95e3) return `${(n / 1e6).toFixed(1)}M`
  if (size >= 1e4) return `${(n / 1e3).toFixed(1)}k`
  return size < 10 && !Number.isInteger(n) ? n.toFixed(1) : Math.round(n).toLocaleString('en')
}

export function bytes(n: Told | undefined): string {
  if (n == null) return '–'
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const at = Math.min(units.length - 1, n < 1000 ? 0 : Math.floor(Math.log10(n / 0.99995) / 3))
  return `${at === 0 ? n : (n / 1000 ** at).toFixed(1)} ${units[at]}`
}

export function lasting(ms: Told | undefined): string {
  if (ms == null) return '–'
  if (ms < 0.9995) return `${Math.round(ms * 1000)} µs`
  if (ms < 999.5) return `${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`
  return `${Math.round(ms / 86_400_000)} days`
}

/** For a `Sentence`: with pieces that were given. */
export function scopeWords(scope: AskedScope): string {
  const soft = 'keepsStale' in scope && scope.keepsStale === true
  return soft ? `${placeWords(scope)}, kept as stale` : placeWords(scope)
}

/** The same without what becomes of it. */
export function placeWords(scope: AskedScope): string {
  switch (scope.kind) {
    case 'key':
      return `the key ${quoted(scope.key)}`
    case 'prefix':
      return `all keys that begin with ${quoted(scope.prefix)}`
    case 'tag':
      return `all that is tagged ${quoted(scope.tag)}`
    case 'namespace':
      return `the namespace ${quoted(scope.namespace)}, in every version of the code`
    case 'all':
      return 'everything'
  }
}
