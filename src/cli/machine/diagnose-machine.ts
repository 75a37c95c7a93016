import type { Configuration } from '../../config/configuration.ts';
import { loadConfiguration } from '../../config/read-configuration.ts';
import type { Sandboxes } from '../../sandbox/sandbox.ts';
import type { CommandContext } from '../command/command-context.ts';
import { engineDiagnosis } from './engine-check.ts';
import { CommandFailure, EXIT, messageOf } from '../command/exit-codes.ts';
import {
  hostDiagnosis,
  nodeDiagnosis,
  note,
  ok,
  policyDiagnosis,
  problem,
  programDiagnosis,
  subjectsDiagnosis,
  type Diagnosis,
} from './machine-checks.ts';
import { modelCallDiagnosis } from './model-call.ts';
import { writeJson, type Colors } from '../text/output.ts';
import { retentionProblem, searchAttributeCommand } from '../temporal/prepare-namespace.ts';
import { storeDiagnosis } from './store-check.ts';
import { namedTarget, targetFor, type TargetOptions } from '../temporal/temporal-target.ts';
import { selfplayVersion, temporalSdkVersion } from './versions.ts';

export interface DoctorOptions extends TargetOptions {
  readonly config?: string;
  /** Ask the model endpoint for one token. */
  readonly modelCall: boolean;
  readonly json?: boolean;
}

/** What `doctor --json` writes. */
export interface DoctorDocument {
  readonly ok: boolean;
  readonly checks: readonly Diagnosis[];
}

/** Looks for everything that a run needs, and says what to type where something is missing. */
export async function diagnoseMachine(context: CommandContext, options: DoctorOptions): Promise<number> {
  const checks = await diagnose(context, options);
  const document: DoctorDocument = { ok: checks.every(({ status }) => status !== 'problem'), checks };
  if (options.json === true) writeJson(context.output, document);
  else context.output.write(renderDiagnoses(checks, context.output.colors));
  return document.ok ? EXIT.ok : EXIT.no;
}

async function diagnose(context: CommandContext, options: DoctorOptions): Promise<readonly Diagnosis[]> {
  const { environment } = context;
  const config = loadConfiguration(options.config ?? 'demo');
  const store = await storeDiagnosis(context);
  const programs = await Promise.all([
    programDiagnosis('git', 'git', 'apt-get install git'),
    programDiagnosis('python3', 'python3', 'apt-get install python3'),
    programDiagnosis('temporal', environment.temporalBinary, 'scripts/setup --only temporal, or set SELFPLAY_TEMPORAL'),
  ]);
  return [
    ok('selfplay', selfplayVersion()),
    nodeDiagnosis(process.version),
    ok('temporal SDK', temporalSdkVersion()),
    ...programs,
    await engineDiagnosis(environment.docker.host),
    ...(await serverDiagnoses(context, options)),
    ...(await homeDiagnoses(context, store)),
    store,
    subjectsDiagnosis(config, environment),
    ...(await policyDiagnoses(context, config, { modelCall: options.modelCall && store.status === 'ok' })),
  ];
}

/** An endpoint that does not answer, or not to this key, is not called as well; nor is one without a store to open. */
async function policyDiagnoses(
  { backends, environment }: CommandContext,
  config: Configuration,
  { modelCall }: Pick<DoctorOptions, 'modelCall'>,
): Promise<readonly Diagnosis[]> {
  const endpoint = await policyDiagnosis(config);
  if (!modelCall || config.policy.kind === 'embedded' || endpoint.status === 'problem') return [endpoint];
  const opened = await backends.openServices({ environment });
  try {
    const called = await modelCallDiagnosis(config, opened.services.policyFor);
    return called === undefined ? [endpoint] : [endpoint, called];
  } finally {
    await opened.close();
  }
}

/** A server is needed only where one is named; `demo` and `up` start their own. */
async function serverDiagnoses(
  { backends, environment }: CommandContext,
  options: TargetOptions,
): Promise<readonly Diagnosis[]> {
  const required = namedTarget(backends, options) !== undefined;
  const target = targetFor(backends, environment, options);
  try {
    const temporal = await backends.connectTemporal(target);
    try {
      const missing = await temporal.missingSearchAttributes();
      return [
        ok('server', `${target.address}, Temporal ${await temporal.serverVersion()}`),
        ok('namespace', target.namespace),
        retentionDiagnosis(await temporal.retentionDays(), target),
        missing.length === 0
          ? ok('search attributes', 'all there')
          : problem(
              'search attributes',
              `missing: ${missing.join(', ')}`,
              searchAttributeCommand(missing, target.namespace),
            ),
      ];
    } finally {
      await temporal.close();
    }
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    if (error.exitCode === EXIT.usage) {
      const create = `temporal operator namespace create --namespace ${target.namespace}, or name another with --namespace`;
      return [ok('server', target.address), problem('namespace', `${target.namespace} is not there`, create)];
    }
    const describe = required ? problem : note;
    return [
      describe(
        'server',
        `none at ${target.address}`,
        `${required ? '' : '`selfplay demo` starts its own; for others '}\`selfplay up\``,
      ),
    ];
  }
}

function retentionDiagnosis(days: number, { namespace }: { readonly namespace: string }): Diagnosis {
  const short = retentionProblem(days, namespace);
  return short === undefined
    ? ok('retention', `${Math.floor(days)} days`)
    : note('retention', short.detail, short.remedy);
}

/** Sandboxes are opened together with the store, so without one there is no more to say of them than of their host. */
async function homeDiagnoses(
  { backends, environment }: CommandContext,
  store: Diagnosis,
): Promise<readonly Diagnosis[]> {
  try {
    const checks = await backends.checkHost(environment);
    if (store.status === 'problem') return checks.map(hostDiagnosis);
    const opened = await backends.openServices({ environment });
    try {
      return [...checks.map(hostDiagnosis), ok('home', environment.home), ...isolationNotes(opened.services.sandboxes)];
    } finally {
      await opened.close();
    }
  } catch (error) {
    return [problem('home', `${environment.home}: ${messageOf(error)}`, 'name another place with --home')];
  }
}

/** What sandboxes do not keep apart is for the user to know. */
function isolationNotes({ capabilities }: Pick<Sandboxes, 'capabilities'>): readonly Diagnosis[] {
  return capabilities.caveats.map((detail) => ({ name: 'isolation', status: 'note', detail, remedy: null }));
}

function renderDiagnoses(checks: readonly Diagnosis[], colors: Colors): string {
  const marks = {
    ok: colors.green('ok     '),
    problem: colors.red('problem'),
    note: colors.yellow('note   '),
  } as const;
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .map(({ name, status, detail, remedy }) => {
      const line = `${marks[status]}  ${name.padEnd(width)}  ${detail}\n`;
      return remedy === null ? line : `${line}${' '.repeat(width + 11)}-> ${remedy}\n`;
    })
    .join('');
}
