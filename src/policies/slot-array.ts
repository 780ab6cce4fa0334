/** The typed arrays that policies index by slot. */
type SlotArray = Uint8Array | Uint32Array | Int32Array | Float64Array

/** Copies what fits of `from` to the beginning of `to`, and returns `to`: how an array by slot changes its length. */
export function carried<A extends SlotArray>(from: A, to: A): A {
  to.set(from.length > to.length ? from.subarray(0, to.length) : from)
  return to
}
