/** How one policy is drawn: its colour on a light and on a dark page, its point's shape, its line. */
export interface SeriesStyle {
  readonly light: string
  readonly dark: string
  /** An SVG path around the origin, about 8 units wide. */
  readonly shape: string
  readonly dash: string
  readonly width: number
}

const CIRCLE = 'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0'
const SQUARE = 'M-3.5-3.5h7v7h-7z'
const DIAMOND = 'M0-5L5 0L0 5L-5 0z'
const UP = 'M0-5L4.6 3.6H-4.6z'
const DOWN = 'M0 5L4.6-3.6H-4.6z'
const CROSS = 'M-4.6-2.4L-2.4-4.6L0-2.2L2.4-4.6L4.6-2.4L2.2 0L4.6 2.4L2.4 4.6L0 2.2L-2.4 4.6L-4.6 2.4L-2.2 0z'
const PLUS = 'M-1.6-4.8h3.2v3.2h3.2v3.2h-3.2v3.2h-3.2v-3.2h-3.2v-3.2h3.2z'

/**
 * Hues of the Okabe-Ito set, told apart with any kind of colour vision, darkened or lightened for
 * contrast with the page; shapes and dashes say the same once more.
 */
const KNOWN: Readonly<Record<string, SeriesStyle>> = {
  optimum: { light: '#6b7280', dark: '#9aa3b2', shape: DIAMOND, dash: '2 5', width: 2 },
  wTinyLfu: { light: '#0067b1', dark: '#58b4ff', shape: CIRCLE, dash: '', width: 3.2 },
  s3Fifo: { light: '#00835f', dark: '#2ed3a2', shape: SQUARE, dash: '', width: 2 },
  sieve: { light: '#c44e00', dark: '#ff8f4f', shape: UP, dash: '', width: 2 },
  lru: { light: '#b0478a', dark: '#f08fc9', shape: DIAMOND, dash: '', width: 2 },
  lfu: { light: '#a17c00', dark: '#f2c14e', shape: DOWN, dash: '', width: 2 },
  fifo: { light: '#3b7f9e', dark: '#8fd0ee', shape: PLUS, dash: '7 4', width: 1.6 },
  ttl: { light: '#6a51a8', dark: '#b9a4f5', shape: CROSS, dash: '2 3', width: 1.6 },
  random: { light: '#7a6a58', dark: '#c0b19e', shape: CROSS, dash: '7 4', width: 1.6 },
}

const OTHERS: readonly SeriesStyle[] = [
  { light: '#1f5f5b', dark: '#7fd6cf', shape: UP, dash: '9 3 2 3', width: 2 },
  { light: '#8c2f2f', dark: '#ff9b9b', shape: CIRCLE, dash: '9 3 2 3', width: 2 },
  { light: '#3d4a8a', dark: '#aab6ff', shape: SQUARE, dash: '9 3 2 3', width: 2 },
  { light: '#56701a', dark: '#c3dd7a', shape: DOWN, dash: '9 3 2 3', width: 2 },
]

/** The style of a policy; policies of one's own take turns with four more. */
export function seriesStyle(policy: string, index: number): SeriesStyle {
  return Object.hasOwn(KNOWN, policy) ? KNOWN[policy]! : OTHERS[index % OTHERS.length]!
}
