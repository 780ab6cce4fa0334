// Writes the frames of test/wire/golden-frames.ts that are not there yet. Those that are there were
// written by an earlier version, and stay as they are: every later version has to read them.
import { existsSync, writeFileSync } from 'node:fs'
import { GOLDEN, written } from '../test/wire/golden-frames.ts'

for (const golden of GOLDEN) {
  const file = new URL(`../test/wire/golden/${golden.name}.bin`, import.meta.url)
  if (existsSync(file)) continue
  writeFileSync(file, written(golden))
  console.log(`wrote ${golden.name}.bin`)
}
