import { ARTIFACT_FILES } from '../../../src/domain/artifact/bug-artifact.ts';
import { renderToolCall } from '../../../src/domain/protocol/call-text.ts';
import { changed, CHANGES, ORIGINAL, type ArtifactFixture } from '../../support/artifact-fixture.ts';
import { TRACE } from './traced-commands.ts';

/** Who asks, and for which turn. */
export interface Asked {
  readonly rolloutId: string;
  readonly turn: number;
  /** Turns that have come to what they were for: what did not is said again. */
  readonly step: number;
}

/** What a rollout says, by what it is in its run: the same in every run, whatever was lost on the way. */
export type Script = (asked: Asked) => string;

/** Long enough for faults to land inside, and together short. */
const COMMAND_SECONDS = 2;

/**
 * Both roles on the tiny project. The first episode of a run breaks it, and every second solver repairs it; the second one
 * submits an artifact whose tests notice nothing, and is refused.
 */
export function createScript(fixture: ArtifactFixture): Script {
  const tree = changed(ORIGINAL, CHANGES.bug, CHANGES.withoutTestOfBug);
  const repair = fixture.diff(tree, changed(tree, { 'calc/arith.py': ORIGINAL['calc/arith.py'] ?? '' }));
  const useless = fixture.diff(tree, changed(tree, CHANGES.inAnotherFileWithoutEffect));
  const harmless = fixture.diff(ORIGINAL, changed(ORIGINAL, CHANGES.withoutEffect));
  const consistent = injector(fixture.artifact);
  const refused = injector({ ...fixture.artifact, 'bug_inject.diff': harmless });
  return (asked) => {
    const { rolloutId, step } = asked;
    const { episode = '0', attempt } = PLACE.exec(rolloutId)?.groups ?? {};
    const injectors = Number(episode) % 2 === 0 ? consistent : refused;
    const solvers = solver(Number(attempt) % 2 === 0 ? repair : useless);
    const turns = attempt === undefined ? injectors : solvers;
    return (turns[step] ?? (() => 'That is all.'))(asked);
  };
}

const PLACE = /\/episode-(?<episode>\d+)\/(?:injector|solver-(?<attempt>\d+))/;

function injector(artifact: ArtifactFixture['artifact']): readonly Script[] {
  const path = (name: string) => `/tmp/artifact/${name}`;
  const files = ARTIFACT_FILES.map((name) => create(path(name), artifact[name] ?? ''));
  const [first, second, ...others] = files;
  return [
    command('ls'),
    first,
    second,
    command('git log'),
    ...others,
    command('git status'),
    submit(ARTIFACT_FILES.map(path)),
  ].filter((turn) => turn !== undefined);
}

function solver(patch: string): readonly Script[] {
  const path = '/tmp/patch.diff';
  return [command('ls'), create(path, patch), command('python3 -m unittest'), submit([path])];
}

function command(what: string): Script {
  return ({ rolloutId, turn }) =>
    renderToolCall({ tool: 'bash', command: `${TRACE} ${rolloutId} ${turn}; sleep ${COMMAND_SECONDS}; ${what}` });
}

function create(path: string, content: string): Script {
  return () => renderToolCall({ tool: 'create', path, content });
}

function submit(paths: readonly string[]): Script {
  return () => renderToolCall({ tool: 'submit', paths });
}
