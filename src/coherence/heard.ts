/**
 * What becomes of a step that was heard: it was `new`, or `known`; or the history is another one (`parted`). `forked`: it
 * is new, and what was heard ahead of it does not follow it; one of the two is of another history.
 */
export type Heard = 'new' | 'known' | 'parted' | 'forked'

/** Whether nothing of what was heard speaks against the step. */
export function fits(heard: Heard): boolean {
  return heard === 'new' || heard === 'known'
}

/** Whether what the step has invalidated has to be forgotten now: from now on it counts as heard. */
export function isNew(heard: Heard): boolean {
  return heard === 'new' || heard === 'forked'
}
