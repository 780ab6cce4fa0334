/** Somebody wants to know who is there. */
export interface RollCall {
  /** Who: 16 hexadecimal digits, others each time somebody begins to watch. */
  readonly caller: string
  /** Which of its calls this is: answers repeat it, so that the caller can tell how long they took. */
  readonly number: number
  /** Milliseconds from one answer of a process to its next. */
  readonly every: number
  /** Milliseconds for which the call is good. */
  readonly lasts: number
}

const VERSION = 1
const LONGEST = 300
const CALLER = /^[0-9a-f]{16}$/
/** No process answers more often than this, or for longer, whatever it is asked; in milliseconds. */
const SHORTEST_PAUSE = 1000
const LONGEST_PAUSE = 60_000
const LONGEST_CALL = 60_000

/** The text of a call. */
export function callText({ caller, number, every, lasts }: RollCall): string {
  return JSON.stringify({ v: VERSION, c: caller, n: number, e: every, l: lasts })
}

/** The call in a text that anybody may have sent, its times within bounds; `undefined` if there is none. */
export function callIn(text: string): RollCall | undefined {
  if (text.length > LONGEST) return undefined
  try {
    const { v, c: caller, n: number, e: every, l: lasts } = JSON.parse(text)
    if (v !== VERSION || typeof caller !== 'string' || !CALLER.test(caller)) return undefined
    if (!Number.isSafeInteger(number) || !Number.isFinite(every) || !Number.isFinite(lasts)) return undefined
    return {
      caller,
      number,
      every: Math.min(LONGEST_PAUSE, Math.max(SHORTEST_PAUSE, every)),
      lasts: Math.min(LONGEST_CALL, Math.max(0, lasts)),
    }
  } catch {
    return undefined
  }
}
