/** Where a level stands among the colours of levels, from 1: the sixth has the first again. */
export function toneOf(level: number): number {
  return (level % 5) + 1
}
