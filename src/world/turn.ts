/**
 * Runs `run` at the end of this turn of the event loop, or of the next one where it is at its end: after all that was to
 * run then already. For who has to fit in with a client that goes by turns itself; whatever else must be one of the
 * verbs of `World`, which tests can drive.
 */
export function atEndOfTurn(run: () => void): void {
  setImmediate(run)
}
