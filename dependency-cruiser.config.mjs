import { readFileSync } from 'node:fs'

// The floors of the house. A file imports from its own floor's contracts and from floors below;
// never from a sibling implementation; nothing goes in a circle, type imports counted.
const floors = [
  [
    '^src/(world|entry)/',
    '^src/(errors|options|duration|events|rank|familiar-names|familiar-durations|printable)\\.ts$',
  ],
  ['^src/(policies|stores|codecs|feeds)/', '^src/level[a-z-]*\\.ts$'],
  ['^src/(advice|memory|remote|flight|governor|coherence|observe|presence|verify)/'],
  ['^src/(cache|wrapping|levels|simulate|dashboard)/', '^src/(cache|plan|index)\\.ts$'],
  ['^src/(cli|integrations|testing)/', '^(demo|topology)/'],
]

const upward = floors.slice(0, -1).map((paths, floor) => ({
  name: `floor-${floor + 1}-looks-down-only`,
  comment: 'A file knows its own floor and what lies below.',
  severity: 'error',
  from: { path: paths },
  to: { path: floors.slice(floor + 1).flat() },
}))

/** What the files of a folder may know besides their own: the contract, and what is made for all of them. */
const contracts = {
  stores:
    '(?:store|ledger|meeting|silent-server|floor-name|soft-name|tls-options|ledger-core|ledger-core-tables|ledger-core-floors|ledger-core-leases|ledger-core-memory)',
  codecs: '(?:codec|seal)',
  feeds: 'feed',
}

/** Interchangeable things behind one contract must not know each other. */
const siblings = Object.entries(contracts).map(([folder, contract]) => ({
  name: `${folder}-do-not-know-each-other`,
  severity: 'error',
  from: { path: `^src/${folder}/(?!index\\.ts$|${contract}\\.ts$)([^/.]+)` },
  to: {
    path: `^src/${folder}/`,
    pathNot: [`^src/${folder}/${contract}\\.ts$`, `^src/${folder}/$1[/.]`],
  },
}))

/** The policies, as their registry lists them. */
const registry = readFileSync(new URL('src/policies/index.ts', import.meta.url), 'utf8')
const implementations = [...registry.matchAll(/from '\.\/([\w-]+)\.ts'/g)]
  .map(([, file]) => file)
  .filter((file) => file !== 'policy')
  .join('|')

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans-unresolved',
      comment: 'What builds the pages is a tool, whose exports this resolver does not read.',
      severity: 'error',
      from: { pathNot: '^dashboard-ui/build\\.ts$' },
      to: { couldNotResolve: true },
    },
    ...upward,
    {
      name: 'every-file-has-a-floor',
      comment: 'The rules above bind no file that is on none.',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: floors.flat() },
    },
    ...siblings,
    {
      name: 'policies-do-not-know-each-other',
      severity: 'error',
      from: { path: `^src/policies/(${implementations})\\.ts$` },
      to: { path: `^src/policies/(${implementations}|index)\\.ts$` },
    },
    {
      name: 'mechanisms-do-not-know-the-cache',
      comment: 'The engine of level 1 stands alone: terrace/memory carries nothing of the levels.',
      severity: 'error',
      from: {
        path: '^src/memory/(?!((memory|protected)-level|memory|boxed|cap|queues|removing|tapped|division|verdicts)\\.ts$)',
      },
      to: { path: '^src/(entry|coherence|flight|remote|observe|level[a-z-]*\\.ts)' },
    },
    {
      name: 'wrapping-uses-public-verbs',
      comment:
        'What wraps code is built on what a cache does for keys; that a cache can wrap is told it by its base class.',
      severity: 'error',
      from: { path: '^src/wrapping/' },
      to: { path: '^src/(cache|index)\\.ts$' },
    },
    {
      name: 'no-vague-names',
      severity: 'error',
      from: {},
      to: { path: '^src/.*(^|/)(utils?|helpers?|common|misc|types|manager)\\.ts$' },
    },
    {
      name: 'no-dev-dependencies-in-the-product',
      severity: 'error',
      from: { path: '^src/' },
      // Peer dependencies: the one is loaded where it is there, the other by an entry point of its own.
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: '^node_modules/(@redis/client|@opentelemetry/api)/',
      },
    },
    {
      name: 'only-terrace-otel-knows-opentelemetry',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/observe/otel/' },
      to: { path: '^(node_modules/@opentelemetry/|src/observe/otel/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js'] },
  },
}
