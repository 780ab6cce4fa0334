/** In the place of everything in the modules that the page does not carry; called or constructed, it says so. */
export function leftOut(): never {
  throw new Error('the page does not carry this part of the cache')
}
