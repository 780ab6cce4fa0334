// Reads random and mutated frames, as they may lie in a shared store, from a seed onward:
// node scripts/fuzz-frames.ts [--count N] [--seed S]
import { parseArgs } from 'node:util'
import { FrameFuzz } from '../test/wire/frame-fuzz.ts'

const { values } = parseArgs({
  options: { count: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
})
const fuzz = new FrameFuzz(Number(values.seed))
const count = Number(values.count)
// A single input that takes this long is as good as a hang.
const LONGEST = 2000
for (let i = 1; i <= count; i++) {
  fuzz.step()
  if (fuzz.slowest > LONGEST) throw new Error(`input ${i} took ${Math.round(fuzz.slowest)} ms`)
  if (i % 1_000_000 === 0 || i === count) {
    const { frames, opened, payloads, decoded, slowest } = fuzz
    console.log(
      `seed ${values.seed}: ${frames} inputs, ${opened} were frames; ${payloads} payloads, ${decoded} were values; slowest ${slowest.toFixed(1)} ms`,
    )
  }
}
