// Syntax trees are read by the checks and by the embedded policy alike.
const SYNTAX = '^src/syntax/';

// Servers of all kinds are asked alike.
const HTTP = '^src/http/';

// One server of the Tinker protocol trains and samples.
const TINKER = '^src/tinker/';

const typeOnly = ['type-only', 'type-import'];

/**
 * What the folders of a part may import of each other, beside the files that lie in the part itself. One direction
 * everywhere: what is further down a list knows what is above it, never the other way round.
 */
const FOLDERS = {
  domain: {
    reward: [],
    record: ['reward'],
    failure: ['record'],
    draw: ['record'],
    training: ['record', 'reward'],
    run: ['record', 'draw'],
    protocol: [],
    leaks: [],
    diff: [],
    artifact: ['diff'],
    steering: ['diff'],
    subject: ['record', 'steering'],
    script: ['diff', 'steering'],
    report: ['record'],
    checks: ['record', 'draw', 'diff', 'artifact', 'steering', 'script', 'report'],
    grading: ['reward', 'record', 'draw', 'diff', 'artifact', 'steering', 'script', 'report', 'checks'],
    library: ['record', 'draw', 'artifact', 'checks', 'subject'],
    evaluation: [],
  },
  activities: {
    services: [],
    tree: ['services'],
    leaks: ['services', 'tree'],
    'test-run': ['services', 'tree', 'leaks'],
    artifact: ['services', 'tree'],
    validation: ['services', 'tree', 'leaks', 'test-run', 'artifact'],
    grading: ['services', 'tree', 'leaks', 'test-run', 'artifact'],
    recycling: ['services', 'tree', 'leaks', 'test-run', 'artifact', 'grading'],
    rollout: ['services', 'tree', 'leaks', 'artifact'],
    library: ['services', 'artifact'],
    run: ['services', 'rollout', 'library'],
    evaluation: ['services', 'rollout', 'library', 'run'],
    training: ['services', 'rollout'],
    revalidation: ['services', 'artifact', 'validation', 'run'],
    subject: ['services', 'tree'],
  },
  cli: {
    text: [],
    command: ['text'],
    temporal: ['text', 'command'],
    records: ['text', 'command'],
    completion: ['text', 'command'],
    show: ['text', 'command', 'records'],
    run: ['text', 'command', 'temporal', 'records'],
    judge: ['text', 'command', 'show', 'run'],
    shell: ['text', 'command', 'show'],
    machine: ['text', 'command', 'temporal'],
    revalidate: ['text', 'command', 'temporal', 'records', 'show'],
    library: ['text', 'command', 'records'],
    evaluation: ['text', 'command', 'temporal', 'records', 'run'],
    subjects: ['text', 'command', 'run'],
    deployment: ['text', 'command', 'temporal', 'run'],
  },
  sandbox: {
    source: [],
    supervised: [],
    'in-memory': [],
    prepared: ['source'],
    bubblewrap: ['source', 'supervised'],
    docker: ['source', 'supervised'],
  },
  policy: { http: [], openai: ['http'], 'token-in': ['http'], tinker: ['http', 'token-in'], embedded: [] },
  trainer: { embedded: [], files: [], 'prime-rl': [], tinker: [] },
  tinker: { wire: [], fake: ['wire'] },
  serving: { http: [] },
  'policy/embedded': {
    choice: [],
    steps: [],
    languages: ['choice', 'steps'],
    programs: ['choice', 'steps', 'languages'],
  },
};

/** One rule for each folder. */
const folderRules = Object.entries(FOLDERS).flatMap(([part, folders]) =>
  Object.entries(folders).map(([folder, known]) => ({
    name: `${part}/${folder}-knows`,
    comment:
      known.length === 0
        ? `src/${part}/${folder} knows no other folder of src/${part}. Move what it needs down to it, or itself up.`
        : `Of src/${part}, ${folder} may import ${known.join(', ')}. Move what else it needs down to one of them, or itself up.`,
    severity: 'error',
    from: { path: `^src/${part}/${folder}/` },
    to: { path: `^src/${part}/[^/]+/`, pathNot: `^src/${part}/(${[folder, ...known].join('|')})/` },
  })),
);

/** A part's own files are either its entry, which knows the folders, or shared by all of them; never both. */
const ENTRIES = ['^src/cli/[^/]+[.]ts$', '^src/policy/embedded/embedded-policy[.]ts$'];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A cycle means two modules are really one. Merge them or move the shared part down.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...folderRules,
    {
      name: 'every-folder-has-its-place',
      comment: 'A new folder of a part is entered in FOLDERS, with what it may import.',
      severity: 'error',
      from: {
        path: '^src/(domain|activities|cli|sandbox|policy|trainer|serving|tinker)/[^/]+/',
        pathNot: Object.entries(FOLDERS).map(([part, folders]) => `^src/${part}/(${Object.keys(folders).join('|')})/`),
      },
      to: {},
    },
    {
      name: 'shared-files-know-no-folder',
      comment: 'What lies in the part itself is shared by its folders, so it may not import one of them.',
      severity: 'error',
      from: { path: '^src/(domain|activities|cli|sandbox|policy|trainer|serving)/[^/]+[.]ts$', pathNot: ENTRIES },
      to: { path: '^src/$1/[^/]+/' },
    },
    {
      name: 'nothing-imports-an-entry',
      comment: 'What the folders of a part share lies in one of them; its entry only puts them together.',
      severity: 'error',
      from: { path: '^src/(cli|policy/embedded)/[^/]+/' },
      to: { path: ENTRIES },
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
      to: {
        path: '^src/',
        pathNot: ['^src/(workflows|domain|activities)/', '^src/config/(training-)?configuration[.]ts$'],
      },
    },
    {
      name: 'activities-depend-on-ports',
      comment: 'Activities take a port (src/<x>/<x>.ts); only workers choose the adapter.',
      severity: 'error',
      from: { path: '^src/activities/' },
      to: { path: '^src/(sandbox|policy|trainer|serving|store)/', pathNot: '^src/([^/]+)/\\1[.]ts$' },
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
      comment:
        'A sandbox adapter that needs a policy is a missing activity or a missing domain function. Where the package lies, whose Python they start, is no configuration.',
      severity: 'error',
      from: { path: '^src/(sandbox|policy|trainer|serving|store)/' },
      to: {
        path: '^src/',
        pathNot: ['^src/$1/', '^src/domain/', '^src/config/package-root[.]ts$', SYNTAX, HTTP, TINKER],
      },
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
      name: 'http-stands-alone',
      comment: 'How a server is asked and its answer read has nothing to do with what it is asked for.',
      severity: 'error',
      from: { path: HTTP },
      to: { path: '^src/', pathNot: HTTP },
    },
    {
      name: 'tinker-stands-alone',
      comment:
        'What travels to a Tinker server and back is the same for the policy and the trainer, and knows neither.',
      severity: 'error',
      from: { path: TINKER },
      to: { path: '^src/', pathNot: [TINKER, HTTP, '^src/domain/'] },
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
    {
      name: 'audit-shares-nothing',
      comment:
        'What judges a run under faults may not share code with what it judges, or both are wrong together. Only its own tests know the store.',
      severity: 'error',
      from: { path: '^test/chaos/audit/', pathNot: ['[.]test[.]ts$', '/a-clean-run[.]ts$'] },
      to: { path: '^(src|test)/', pathNot: '^test/chaos/audit/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
