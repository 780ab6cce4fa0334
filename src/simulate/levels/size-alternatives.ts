import { readSize } from '../size.ts'
import { invalid } from './setup.ts'

const MOST = 64

/** The sizes that a word stands for: itself, or of `16mb..256mb` each double of the one before, and the last. */
export function sizeAlternatives(text: string, where: string): readonly string[] {
  const [low, high] = text.split('..') as [string, string | undefined]
  const first = readSize(low, where)
  if (high === undefined) return [first.label]
  const last = readSize(high, where)
  if (last.unit !== first.unit || last.amount <= first.amount) {
    throw invalid(where, `'${text}' does not go from a smaller size to a larger one of its kind`)
  }
  const unit = /[a-z%]*$/.exec(first.label)![0]
  const sizes: string[] = []
  for (let double = Number.parseFloat(first.label); ; double *= 2) {
    const label = `${double}${unit}`
    if (sizes.length >= MOST || readSize(label, where).amount >= last.amount) break
    sizes.push(label)
  }
  return [...sizes, last.label]
}
