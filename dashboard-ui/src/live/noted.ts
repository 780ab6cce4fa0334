import type { Activity } from '../../../src/dashboard/protocol.ts'
import { noteOf } from './sentences.ts'

/** What is listed at most: one line for each kind of trouble. */
const MOST_NOTES = 8

/** Something an operator should know, and how often it was told. */
export interface Note {
  readonly kind: string
  readonly text: string
  /** When it was told last. */
  readonly at: number
  readonly times: number
}

/** The notes with what an activity tells, the latest first. */
export function noted(notes: readonly Note[], { events }: Activity, names: readonly string[]): readonly Note[] {
  let now = notes
  for (const event of events) {
    const note = noteOf(event, names)
    if (note === undefined) continue
    const times = (now.find(({ kind }) => kind === note.kind)?.times ?? 0) + 1
    now = [{ ...note, at: event.at, times }, ...now.filter(({ kind }) => kind !== note.kind)].slice(0, MOST_NOTES)
  }
  return now
}
