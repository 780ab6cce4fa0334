/** Stops what was begun. */
type Stop = () => void

/** Somebody listens to the answers at a {@link Meeting}. */
export interface Listening {
  /** Settles when answers are heard, or the first attempt to has failed; never rejects. */
  readonly heard: Promise<void>
  readonly stop: Stop
}

/**
 * Where the processes that share a store can tell each other that they are there. One calls, and the others
 * answer for a while: nothing is sent while nobody calls. Texts may be lost, repeated or forged, and
 * nothing of the cache depends on them.
 */
export interface Meeting {
  /** What this process is called, and the version of this package that it runs. */
  readonly process: string
  readonly version: string
  /** Tells all processes. Rejects if the text was not handed over. */
  call(text: string): Promise<void>
  /** Tells those who listen. Rejects if the text was not handed over. */
  answer(text: string): Promise<void>
  /** Tells `listener` of calls from now on. Called once, by the cache. It must not throw. */
  attend(listener: (text: string) => void): void
  /** Tells `listener` of answers, those of this process among them. It must not throw. */
  listen(listener: (text: string) => void): Listening
}

/** What calls and answers begin with where they share a channel with notices, none of which does. */
export const CALL_MARK = 'terrace:call '
export const ANSWER_MARK = 'terrace:here '

/** What is longer is not looked at, in characters. */
export const LONGEST_ANSWER = 4096
