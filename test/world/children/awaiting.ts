import { systemWorld } from '../../../src/world/system-world.ts'

const [how] = process.argv.slice(2)
if (how === 'fires') {
  systemWorld.after(
    30,
    () => {
      process.stdout.write('fired, ')
      systemWorld.after(30, () => process.stdout.write('fired again'), true)
    },
    true,
  )
} else if (how === 'cancelled') {
  const cancels = [600_000, 60_000, 60_000].map((delay) => systemWorld.after(delay, () => undefined, true))
  setTimeout(() => {
    for (const cancel of cancels) cancel()
  }, 30)
} else systemWorld.after(60_000, () => process.stdout.write('too late'))
