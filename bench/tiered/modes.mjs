/** How hits are asked for. */
export const MODES = { alone: 'one at a time', inFlight: '100 in flight' }
