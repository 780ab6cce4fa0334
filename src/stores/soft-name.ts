/** Stands before the name of a floor of freshness. A control character: names of text do not begin with it. */
const MARK = '\u0001~'

/**
 * Under which name a store keeps a floor of freshness, among those of its kind that are floors of service. What
 * somebody really calls so shares the floor: then each is taken for both, and more is invalidated than need be.
 */
export function softName(name: string): string {
  return MARK + name
}

/** The name that {@link softName} made this of; `undefined` if it made it of none. */
export function hardNameIn(soft: string): string | undefined {
  return soft.startsWith(MARK) ? soft.slice(MARK.length) : undefined
}
