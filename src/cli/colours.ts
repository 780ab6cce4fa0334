/** What text is painted with; every one leaves it as it is where there are no colours. */
export interface Colours {
  readonly bold: Paint
  readonly dim: Paint
  readonly red: Paint
  readonly green: Paint
  readonly yellow: Paint
  readonly cyan: Paint
}

export type Paint = (text: string) => string

/** Where something is written; `process.stdout` is one. */
export interface ColourStream {
  readonly isTTY?: boolean | undefined
}

/**
 * Colours on a terminal and nowhere else. `NO_COLOR` (https://no-color.org) and `TERM=dumb` switch them off,
 * `FORCE_COLOR` on, also in a pipe.
 */
export function coloursFor(stream: ColourStream, env: NodeJS.ProcessEnv = process.env): Colours {
  const isOn = wantsColours(stream, env)
  const paint =
    (begin: number, end: number): Paint =>
    (text) =>
      isOn && text !== '' ? `\x1b[${begin}m${text}\x1b[${end}m` : text
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  }
}

function wantsColours({ isTTY }: ColourStream, { NO_COLOR, FORCE_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0'
  return isTTY === true && TERM !== 'dumb'
}
