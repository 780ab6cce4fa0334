import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/property-sizes.ts'],
    testTimeout: 120_000,
    // The first browser of a machine that has just started takes long.
    hookTimeout: 60_000,
    // What a page or a process shows comes when it does: a second is too short on a busy machine.
    expect: { poll: { timeout: 15_000 } },
    // Most of the long ones wait for servers and children: by default there would be one on two cores.
    maxWorkers: 3,
  },
})

export default config
