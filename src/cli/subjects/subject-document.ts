import type { Subject } from '../../domain/subject/subject.ts';

/** A line of a corpus in JSON output (docs/json-output.md). */
export interface SubjectDocument {
  readonly name: string;
  readonly kind: 'image' | 'directory';
  /** The image, or the absolute path of the directory. */
  readonly source: string;
  readonly environment: string | null;
  readonly repoRoot: string | null;
  readonly agentUser: string | null;
  readonly weight: number;
}

export function toSubjectDocument({ name, source, repoRoot, agentUser, weight }: Subject): SubjectDocument {
  const common = { name, repoRoot: repoRoot ?? null, agentUser: agentUser ?? null, weight };
  return source.kind === 'image'
    ? { ...common, kind: 'image', source: source.image, environment: null }
    : { ...common, kind: 'directory', source: source.directory, environment: source.environment ?? null };
}

export function describeSource({ kind, source }: Pick<SubjectDocument, 'kind' | 'source'>): string {
  return `${kind} ${source}`;
}
