import { readFileSync } from 'node:fs'

/** The version of this package, as its `package.json` says. */
export const VERSION: string = versionIn(['../package.json', '../../package.json'])

function versionIn(places: readonly string[]): string {
  for (const place of places) {
    try {
      const told: unknown = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'))
      const { name, version } = told as { readonly name?: unknown; readonly version?: unknown }
      if (name === 'terrace' && typeof version === 'string') return version
    } catch {
      // Not there: the next place.
    }
  }
  return 'unknown'
}
