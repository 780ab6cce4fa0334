// Reads random and mutated frames, as they may lie in a shared store, from a seed onward:
// node scripts/fuzz-frames.ts [--count N] [--seed S]
import { FrameFuzz } from '../test/wire/frame-fuzz.ts'
import { ScriptFlags } from './script-flags.ts'

const flags = new ScriptFlags('node scripts/fuzz-frames.ts [--count N] [--seed S]', { count: 'one', seed: 'one' })
const seed = flags.whole('seed', 1)
const fuzz = new FrameFuzz(seed)
const count = flags.whole('count', 100_000)
// A single input that takes this long is as good as a hang.
const LONGEST = 2000
for (let i = 1; i <= count; i++) {
  fuzz.step()
  if (fuzz.slowest > LONGEST) throw new Error(`input ${i} took ${Math.round(fuzz.slowest)} ms`)
  if (i % 1_000_000 === 0 || i === count) {
    const { frames, opened, payloads, decoded, slowest } = fuzz
    console.log(
      `seed ${seed}: ${frames} inputs, ${opened} were frames; ${payloads} payloads, ${decoded} were values; slowest ${slowest.toFixed(1)} ms`,
    )
  }
}
