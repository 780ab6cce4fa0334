import { defineConfig, type UserConfig } from 'tsdown'
import { buildPages } from './dashboard-ui/build.ts'

const config: UserConfig = defineConfig({
  entry: {
    index: 'src/index.ts',
    memory: 'src/memory/index.ts',
    redis: 'src/levels/redis.ts',
    memcached: 'src/levels/memcached.ts',
    disk: 'src/levels/disk.ts',
    keyv: 'src/integrations/keyv.ts',
    codecs: 'src/codecs/index.ts',
    simulate: 'src/simulate/index.ts',
    dashboard: 'src/dashboard/index.ts',
    otel: 'src/observe/otel/index.ts',
    prometheus: 'src/observe/prometheus/index.ts',
    log: 'src/observe/log.ts',
    testing: 'src/testing/index.ts',
    'cli/main': 'src/cli/main.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node22',
  dts: true,
  fixedExtension: false,
  clean: true,
  hooks: { 'build:done': async () => void (await buildPages('dist')) },
})

export default config
