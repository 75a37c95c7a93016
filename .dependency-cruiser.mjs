// Syntax trees are read by the checks and by the embedded policy alike.
const SYNTAX = '^src/syntax/';

const typeOnly = ['type-only', 'type-import'];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A cycle means two modules are really one. Merge them or move the shared part down.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: typeOnly } },
    },
    {
      name: 'domain-is-pure',
      comment:
        'Domain code runs inside workflows, so it may not touch Node, Temporal or any adapter. Pass data in; parsers of untrusted text are pure libraries.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: ['^src/domain/', '^node_modules/(zod|diff|jsonc-parser|smol-toml)/'] },
    },
    {
      name: 'workflows-only-orchestrate',
      comment:
        'Workflow code may import domain functions, sibling workflow modules and @temporalio/workflow. Anything else belongs in an activity.',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: {
        pathNot: ['^src/(workflows|domain)/', '^node_modules/@temporalio/(workflow|common)/'],
        dependencyTypesNot: typeOnly,
      },
    },
    {
      name: 'workflows-know-activities-by-type',
      comment:
        'Even a type import may only come from activities and the configuration: workflows do not know that sandboxes or policies exist.',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: { path: '^src/', pathNot: ['^src/(workflows|domain|activities)/', '^src/config/configuration[.]ts$'] },
    },
    {
      name: 'activities-depend-on-ports',
      comment: 'Activities take a port (src/<x>/<x>.ts); only workers choose the adapter.',
      severity: 'error',
      from: { path: '^src/activities/' },
      to: { path: '^src/(sandbox|policy|trainer|store)/', pathNot: '^src/([^/]+)/\\1[.]ts$' },
    },
    {
      name: 'activities-do-not-orchestrate',
      comment: 'An activity that starts workflows or imports workflow code hides a step of the algorithm.',
      severity: 'error',
      from: { path: '^src/activities/' },
      to: { path: ['^src/(workflows|workers|cli)/', '^node_modules/@temporalio/(workflow|worker|client)/'] },
    },
    {
      name: 'adapters-stay-apart',
      comment: 'A sandbox adapter that needs a policy is a missing activity or a missing domain function.',
      severity: 'error',
      from: { path: '^src/(sandbox|policy|trainer|store)/' },
      to: { path: '^src/', pathNot: ['^src/$1/', '^src/domain/', SYNTAX] },
    },
    {
      name: 'syntax-stands-alone',
      comment:
        'Reading and changing source text needs no sandbox and no policy; it may know the domain and its grammars.',
      severity: 'error',
      from: { path: SYNTAX },
      to: { pathNot: [SYNTAX, '^src/domain/', '^node_modules/@ast-grep/'] },
    },
    {
      name: 'composition-happens-once',
      comment: 'Workers and the CLI are the outermost ring: nothing may import them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(workers|cli)/' },
      to: { path: '^src/(workers|cli)/' },
    },
    {
      name: 'workers-below-cli',
      comment: 'A worker must start without the command line. Move what it needs into src/config.',
      severity: 'error',
      from: { path: '^src/workers/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'cli-is-a-client',
      comment: 'A command starts, watches or stops workflows. If it needs an adapter, the work belongs in an activity.',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/', pathNot: ['^src/(cli|workers|workflows|config|domain)/'], dependencyTypesNot: typeOnly },
    },
    {
      name: 'config-stands-alone',
      comment: 'Configuration is read by everyone, so it may know only the domain.',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: '^src/', pathNot: ['^src/(config|domain)/'] },
    },
    {
      name: 'no-dep-on-test',
      comment: 'Production code may not import test helpers. A fake others need ships in src beside its port.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
