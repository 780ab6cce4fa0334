/** Hexadecimal digits of the two names in a {@link birthplace}. */
const REIGN = 10
const LINK = 6

/**
 * What the frame of a ledger says of where it was born, in the place of a reign: the beginnings of the names of the
 * reign and of the step that made its era. Two histories of one reign, of which one took the other's place
 * after a fail-over, count alike: without the step an era of one would pass for an era of the other.
 *
 * @returns 16 hexadecimal digits
 */
export function birthplace(reign: string, link: string): string {
  return reign.slice(0, REIGN) + link.slice(0, LINK)
}

export function isBornIn(place: string, reign: string): boolean {
  return place.startsWith(reign.slice(0, REIGN))
}

/** Whether the step of this name made the era it was born in. */
export function isBornAt(place: string, link: string): boolean {
  return place.endsWith(link.slice(0, LINK))
}
