import { binary, executable, makeExecutable, renamed, renaming, TOOL, turning } from '../projects/moves.ts';
import { ARITH } from '../projects/python.ts';
import { honestArtifact, honestPatch, type Trial } from '../trial.ts';

/** Bugs and repairs that are a file's name or its mode. */
export const honestMoves: readonly Trial[] = [
  honestArtifact({ name: 'bug-renames-a-file', source: '#inverse-mutation: a rename is one file', project: renamed }),
  honestArtifact({
    name: 'bug-changes-a-mode',
    source: '#inverse-mutation: a program that is executable no more, and a file more',
    project: executable,
    prepare: makeExecutable,
  }),
  honestArtifact({
    name: 'bug-in-a-binary-file',
    source: '#inverse-mutation: under the paper profile; the strict one refuses binary files',
    project: binary,
    profile: 'paper',
  }),
  honestPatch({
    name: 'repair-of-a-binary-file',
    source: 'the byte as it was',
    project: binary,
    profile: 'paper',
    change: { 'calc/table.bin': binary().original['calc/table.bin'] ?? '' },
  }),
  honestPatch({
    name: 'repair-by-a-rename',
    source: 'the name as it was',
    project: renamed,
    diff: renaming('calc/bounds.py', 'calc/limits.py'),
  }),
  honestPatch({
    name: 'repair-with-a-file-under-the-old-name',
    source: 'the renamed file stays, and the old name imports it',
    project: renamed,
    change: { 'calc/limits.py': 'from calc.bounds import least\n\n__all__ = ["least"]\n' },
  }),
  honestPatch({
    name: 'repair-of-a-mode',
    source: 'the executable bit as it was',
    project: executable,
    prepare: makeExecutable,
    diff: ({ diffOf }) => `${diffOf({ 'calc/arith.py': ARITH })}${turning(TOOL, '100644', '100755')}`,
  }),
];
