import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';
import { z } from 'zod';

import { configurationSchema } from '../src/config/configuration.ts';
import { snakeCase } from '../src/config/key-spelling.ts';
import { storeConfigurationSchema } from '../src/config/store-configuration.ts';

/** Where `npx tsx scripts/write-configuration-docs.ts` writes. */
export const CONFIGURATION_DOCS = fileURLToPath(new URL('../docs/configuration.md', import.meta.url));

/** The part of JSON Schema that zod makes of the configuration. */
const nodeSchema = z.object({
  type: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
  get properties() {
    return z.record(z.string(), nodeSchema).optional();
  },
  required: z.array(z.string()).optional(),
  get items() {
    return nodeSchema.optional();
  },
  get oneOf() {
    return z.array(nodeSchema).optional();
  },
});

type Node = z.infer<typeof nodeSchema>;

const INTRODUCTION = `# Configuration

<!-- Written by scripts/write-configuration-docs.ts from src/config/configuration.ts. Do not edit. -->

A configuration is a YAML or JSON file, or the input of the workflow \`selfPlayTraining\`. The one in \`config/NAME.yaml\` is
known as \`NAME\`: \`{"config": "demo"}\` is a whole input. Keys may be written in snake_case, as here, or in camelCase. A key
that is not known is an error that names its place and the key that was probably meant.

Relative paths (\`corpus\`, \`directory\`, \`environment\`) count from the working directory of the worker. \`cache:NAME\` as
\`corpus\` is one that set-up made. Give either \`corpus\` or \`subjects\`; a line of a corpus has the keys of one entry of
\`subjects\`.

\`\`\`yaml
subjects:
  - directory: /srv/my-project
    environment: /srv/my-project/.venv
policy:
  kind: embedded
injection_groups: 4
\`\`\`
`;

const ENVIRONMENT = `## Environment

What belongs to a machine rather than to a run comes from environment variables of the worker, and of \`selfplay\`.

| variable | default | meaning |
|---|---|---|
| \`SELFPLAY_HOME\` | \`./.selfplay\` | Everything that runs leave behind: store, server database, sandboxes. |
| \`SELFPLAY_CACHE\` | \`~/.cache/swe-selfplay\` | Downloads and builds of set-up. |
| \`SELFPLAY_TEMPORAL\` | \`bin/temporal\` in the cache | The Temporal binary. |
| \`SELFPLAY_CAPACITY\` | 8 for each core | Sandboxes that this host holds at once for rollouts; it asks for no boot while none of these places is free. |
| \`SELFPLAY_BASE_IMAGE\` | \`selfplay/base-system:latest\` | What Docker sandboxes of directories are made from; needs python3 and git. |
| \`DOCKER_HOST\`, \`DOCKER_CONFIG\` | as the docker command has them | The engine, and its contexts and logins. |
| \`SELFPLAY_HOST_ID\` | the host name | Names the host's task queue; stable across restarts, so that a worker finds its sandboxes again. |
| \`SELFPLAY_PAYLOAD_KEYS\` | – | \`ID:KEY,ID:KEY\`: payloads are encrypted before the Temporal server sees them, with the first ([deployment](deployment.md#encryption)). |
| \`TEMPORAL_DEPLOYMENT_NAME\`, \`TEMPORAL_WORKER_BUILD_ID\` | – | The version of an orchestrator that \`selfplay worker\` runs ([deployment](deployment.md#upgrades)). |
| \`SELFPLAY_STORE\` | – | A file that says where the store is; by default it is in the home. |
| \`SELFPLAY_LOG_LEVEL\` | \`info\` | Level of the JSON log lines on standard error. |
`;

const STORE = `## Store

What runs leave behind is a ledger in SQL and blobs by content hash. A deployment of several machines shares them: the file
that \`SELFPLAY_STORE\` names is the same for all its workers and for \`selfplay\`. It names the variables of secrets and
never holds one. [Deployment](deployment.md) has examples.
`;

/** The page, formatted as Prettier wants it. */
export async function configurationDocs(): Promise<string> {
  const store = nodeOf(storeConfigurationSchema);
  const storeSections = nested('', Object.entries(store.properties ?? {}));
  const page = [INTRODUCTION, ...sections('', nodeOf(configurationSchema)), ENVIRONMENT, STORE, ...storeSections].join(
    '\n',
  );
  return format(page, { ...(await resolveConfig(CONFIGURATION_DOCS)), filepath: CONFIGURATION_DOCS });
}

function nodeOf(schema: z.ZodType): Node {
  return nodeSchema.parse(z.toJSONSchema(schema, { io: 'input' }));
}

/** A table of the keys of an object, then those of the objects in it. */
function sections(path: string, node: Node): readonly string[] {
  const entries = Object.entries(node.properties ?? {});
  const rows = entries.map(([key, child]) => row(key, child, node.required?.includes(key) ?? false));
  const title = path === '' ? '## Keys' : `### ${path}`;
  const kind = node.properties?.kind?.description;
  const said = kind ?? node.description ?? '';
  const table = ['| key | type | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
  return [`${title}\n`, ...(path === '' || said === '' ? [] : [`${said}\n`]), `${table}\n`, ...nested(path, entries)];
}

function nested(path: string, entries: readonly (readonly [string, Node])[]): readonly string[] {
  return entries.flatMap(([key, child]) => {
    const name = path === '' ? snakeCase(key) : `${path}.${snakeCase(key)}`;
    if (child.oneOf !== undefined)
      return child.oneOf.flatMap((branch) => sections(`${name}, ${kindOf(branch)}`, branch));
    if (child.items?.properties !== undefined) return sections(`${name}, each entry`, child.items);
    return child.properties === undefined ? [] : sections(name, child);
  });
}

function kindOf({ properties }: Node): string {
  return `kind: ${String(properties?.kind?.const)}`;
}

function row(key: string, node: Node, required: boolean): string {
  return `| \`${snakeCase(key)}\` | ${typeOf(node)} | ${defaultOf(node, required)} | ${node.description ?? ''} |`;
}

function typeOf(node: Node): string {
  if (node.const !== undefined) return code(node.const);
  if (node.enum !== undefined) return node.enum.map(code).join(' or ');
  if (node.type === 'array') return 'list';
  if (node.oneOf !== undefined || node.type === 'object') return 'object';
  if (node.type === 'boolean' || node.type === 'string') return node.type;
  return `${node.type === 'integer' ? 'integer' : 'number'}${rangeOf(node)}`;
}

function rangeOf({ minimum, exclusiveMinimum, maximum }: Node): string {
  const above = exclusiveMinimum === undefined ? '' : ` > ${exclusiveMinimum}`;
  const lower = minimum === undefined ? above : ` ≥ ${minimum}`;
  return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? lower : `${lower}, ≤ ${maximum}`;
}

/** An object whose keys have defaults of their own shows those in its table. */
function defaultOf(node: Node, required: boolean): string {
  if (required) return 'required';
  if (node.default === undefined) return '–';
  if (typeof node.default !== 'object' || node.default === null) return code(node.default);
  const entries = Object.entries(node.default);
  return entries.length === 0
    ? 'see below'
    : entries.map(([key, value]) => `${snakeCase(key)} ${String(value)}`).join(', ');
}

function code(value: unknown): string {
  return `\`${String(value)}\``;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(CONFIGURATION_DOCS, await configurationDocs());
  console.log(`wrote ${CONFIGURATION_DOCS}`);
}
