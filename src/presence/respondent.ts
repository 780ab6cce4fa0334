import { within } from '../remote/deadline.ts'
import type { Meeting } from '../stores/meeting.ts'
import type { Cancel, World } from '../world/world.ts'
import { type Echo, type Presence, presenceText } from './presence.ts'
import { callIn, type RollCall } from './roll-call.ts'

/** What a process tells of itself at this moment. */
export interface Portrait extends Omit<Presence, 'process' | 'version' | 'readsPerSecond' | 'every' | 'echoes'> {
  /** What this process is called; `undefined`: as the meeting says. */
  readonly process: string | undefined
  /** Reads since the cache was made. */
  readonly reads: number
}

/** No process answers twice within so many milliseconds, whoever calls. */
const SHORTEST = 1000
/** Of the time between two answers, in which the first one falls: not all answer in the same moment. */
const SPREAD = 1 / 4
/** How much the time between two answers varies, either way. */
const JITTER = 0.2
/** Callers that are remembered at a time. */
const MOST_CALLERS = 4
/** An answer that is not handed over within so many milliseconds is given up. */
const TIMEOUT = 2000

/** Answers those who call at one meeting, for as long as they want to hear: no longer, and never often. */
export class Respondent {
  readonly #meeting: Meeting
  readonly #portrait: () => Portrait
  readonly #world: World
  /** By caller: its last call, and when it was heard. */
  readonly #calls = new Map<string, { readonly call: RollCall; readonly at: number }>()
  #cancel: Cancel | undefined
  #due = 0
  #sentAt = Number.NEGATIVE_INFINITY
  #before: { readonly reads: number; readonly at: number } | undefined
  #isSending = false
  #isClosed = false

  constructor(meeting: Meeting, portrait: () => Portrait, world: World) {
    this.#meeting = meeting
    this.#portrait = portrait
    this.#world = world
    meeting.attend((text) => this.#hear(text))
  }

  close(): void {
    this.#isClosed = true
    this.#cancel?.()
    this.#calls.clear()
  }

  #hear(text: string): void {
    const call = this.#isClosed ? undefined : callIn(text)
    if (call === undefined) return
    const now = this.#world.mono()
    const isNew = !this.#calls.has(call.caller)
    this.#calls.delete(call.caller)
    this.#calls.set(call.caller, { call, at: now })
    if (this.#calls.size > MOST_CALLERS) this.#calls.delete(this.#calls.keys().next().value!)
    if (isNew) this.#answerIn(now, call.every * SPREAD * this.#world.random())
  }

  /** Unless it answers earlier anyway. */
  #answerIn(now: number, delay: number): void {
    const due = Math.max(now + delay, this.#sentAt + SHORTEST)
    if (this.#cancel !== undefined && this.#due <= due) return
    this.#cancel?.()
    this.#due = due
    this.#cancel = this.#world.after(due - now, () => {
      this.#cancel = undefined
      this.#answer()
    })
  }

  #answer(): void {
    const now = this.#world.mono()
    for (const [caller, { call, at }] of this.#calls) if (at + call.lasts < now) this.#calls.delete(caller)
    const calls = [...this.#calls.values()]
    if (calls.length === 0 || this.#isClosed) {
      this.#before = undefined
      return
    }
    const pause = Math.min(...calls.map(({ call }) => call.every))
    if (!this.#isSending) this.#send(now, pause * (1 + JITTER), calls)
    this.#answerIn(now, pause * (1 - JITTER + 2 * JITTER * this.#world.random()))
  }

  #send(now: number, every: number, calls: readonly { readonly call: RollCall; readonly at: number }[]): void {
    this.#sentAt = now
    this.#isSending = true
    const { reads, ...portrait } = this.#portrait()
    const before = this.#before
    this.#before = { reads, at: now }
    const seconds = before === undefined ? 0 : (now - before.at) / 1000
    const echoes = calls.map(({ call, at }): Echo => ({ caller: call.caller, number: call.number, held: now - at }))
    const text = presenceText({
      ...portrait,
      process: portrait.process ?? this.#meeting.process,
      version: this.#meeting.version,
      readsPerSecond: seconds === 0 ? undefined : (reads - before!.reads) / seconds,
      every,
      echoes,
    })
    const over = (): void => {
      this.#isSending = false
    }
    // Who is not heard is not there: nothing else comes of it.
    const sent = within(this.#world, TIMEOUT, this.#meeting.answer(text), 'telling that one is there', () => undefined)
    this.#world.background(sent.then(over, over), 'telling that one is there')
  }
}
