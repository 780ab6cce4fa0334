import type { World } from '../world/world.ts'

/** So many random hexadecimal digits. */
export function hex(world: World, digits: number): string {
  let text = ''
  while (text.length < digits)
    text += Math.floor(world.random() * 0x1000000)
      .toString(16)
      .padStart(6, '0')
  return text.slice(0, digits)
}
