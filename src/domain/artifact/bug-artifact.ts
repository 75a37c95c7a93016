import { z } from 'zod';

import { decodeUtf8 } from '../diff/decode-utf8.ts';

/**
 * The five files of a bug artifact, by the names that prompts must use (docs/specification.md#bug-artifact; paper, Sec.
 * 2.2).
 */
export const ARTIFACT_FILES = [
  'test_script.sh',
  'test_files.txt',
  'test_parser.py',
  'bug_inject.diff',
  'test_weaken.diff',
] as const;

export type ArtifactFile = (typeof ARTIFACT_FILES)[number];

/**
 * What an injector submits: a bug, the tests that notice it, and how those are weakened
 * (docs/specification.md#bug-artifact).
 */
export interface BugArtifact {
  readonly testScript: string;
  /** Oracle test files, relative to the tree's root, in the order of the list. */
  readonly testFiles: readonly string[];
  readonly testParser: string;
  readonly bugInject: string;
  readonly testWeaken: string;
}

export type BugArtifactReading =
  | { readonly wellFormed: true; readonly artifact: BugArtifact }
  | { readonly wellFormed: false; readonly problem: string };

/** Largest size of each file in bytes. The paper gives none; an artifact travels by value, so its size is capped. */
export const ARTIFACT_LIMITS: Readonly<Record<ArtifactFile, number>> = {
  // A script or parser that is longer carries data, not logic.
  'test_script.sh': 64 * 1024,
  'test_parser.py': 64 * 1024,
  // About a thousand paths.
  'test_files.txt': 64 * 1024,
  // Removing a few large files makes a diff as long as they are.
  'bug_inject.diff': 1024 * 1024,
  'test_weaken.diff': 1024 * 1024,
};

/**
 * Reads the five files as the agent left them; names everything that is wrong with them at once
 * (docs/specification.md#artifact).
 */
export function readBugArtifact(files: Partial<Record<ArtifactFile, Uint8Array>>): BugArtifactReading {
  const parsed = bugArtifactSchema.safeParse(files);
  if (!parsed.success) {
    return { wellFormed: false, problem: parsed.error.issues.map((issue) => issue.message).join('; ') };
  }
  const { data } = parsed;
  return {
    wellFormed: true,
    artifact: {
      testScript: data['test_script.sh'],
      testFiles: data['test_files.txt'],
      testParser: data['test_parser.py'],
      bugInject: data['bug_inject.diff'],
      testWeaken: data['test_weaken.diff'],
    },
  };
}

const bugArtifactSchema = z.object({
  'test_script.sh': textFile('test_script.sh'),
  'test_files.txt': textFile('test_files.txt')
    .transform(toPaths)
    .refine((paths) => paths.length > 0, { error: 'test_files.txt lists no file' }),
  'test_parser.py': textFile('test_parser.py'),
  'bug_inject.diff': textFile('bug_inject.diff'),
  'test_weaken.diff': textFile('test_weaken.diff'),
});

function textFile(file: ArtifactFile) {
  return z.instanceof(Uint8Array, { error: `${file} is missing` }).transform((bytes, context) => {
    const text = decodeUtf8(bytes.subarray(0, ARTIFACT_LIMITS[file] + 1));
    const problem = textProblem(bytes.length, text, ARTIFACT_LIMITS[file]);
    if (text === undefined || problem !== undefined) {
      context.addIssue({ code: 'custom', message: `${file} ${problem ?? 'is not UTF-8'}` });
      return z.NEVER;
    }
    return text;
  });
}

function textProblem(bytes: number, text: string | undefined, limit: number): string | undefined {
  if (bytes > limit) return `has ${bytes} bytes, more than ${limit}`;
  if (text === undefined) return 'is not UTF-8';
  if (text.includes('\0')) return 'contains a NUL character';
  if (text.trim() === '') return 'is empty';
  return undefined;
}

function toPaths(list: string): readonly string[] {
  const paths = list.split('\n').map((line) =>
    line
      .replace(/^\uFEFF/, '')
      .trim()
      .replace(/^(?:\.\/+)+/, ''),
  );
  return [...new Set(paths.filter((path) => path !== ''))];
}
