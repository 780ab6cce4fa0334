/**
 * Values that nobody but this program can read: compressed, then encrypted, in a file.
 *
 * Run it: node examples/encrypted.ts
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
// In a project of your own: from 'terrace', 'terrace/disk' and 'terrace/codecs'.
import { type Codec, compressed, encrypted } from '../src/codecs/index.ts'
import { createCache, memory } from '../src/index.ts'
import { disk } from '../src/levels/disk.ts'

const folder = mkdtempSync(join(tmpdir(), 'terrace-example-'))
const path = join(folder, 'letters.db')

function letters(codec: Codec) {
  return createCache({ levels: [memory(), disk({ path, codec, name: 'disk', timeout: '5s' })] })
}

// In earnest the keys come from where your secrets are.
const november = randomBytes(32)
const december = randomBytes(32)

try {
  const before = letters(encrypted(compressed(), { keys: { november }, current: 'november' }))
  await before.set('letter:1', { text: 'meet me at the mill', at: new Date(0) })
  await before.close()

  console.log('the file says where to meet:', readFileSync(path).includes('the mill'))

  // A new key is added, and what the old one sealed can still be read.
  const after = letters(encrypted(compressed(), { keys: { november, december }, current: 'december' }))
  console.log('read with both keys:', await after.get('letter:1'))
  await after.close()

  // Without the key it is not there: a miss and an event, never an error.
  const stranger = letters(encrypted(compressed(), { keys: { other: randomBytes(32) }, current: 'other' }))
  stranger.on((event) => {
    if (event.type === 'damaged') console.log(`${event.level}: ${event.key} cannot be read`)
  })
  console.log('read without:', await stranger.get('letter:1'))

  // What a codec cannot carry exactly is refused when it is written, with the place; memory keeps it.
  stranger.on((event) => {
    if (event.type === 'refused') console.log(String(event.reason))
  })
  const { ok, levels } = await stranger.set('letter:2', { send: () => 'now' })
  console.log(`ok ${ok}:`, levels.map(({ name, outcome }) => `${name} ${outcome}`).join(', '))
  await stranger.close()
} finally {
  rmSync(folder, { recursive: true })
}
