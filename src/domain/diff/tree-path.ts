/**
 * Why a path may not be used inside a source tree, or undefined when it may (docs/specification.md#test-files: no path
 * leaves the tree).
 *
 * `.git` is refused in every spelling that some file system takes for it, because a patch that writes there steers git.
 */
export function treePathProblem(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (new TextEncoder().encode(path).length > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  if (/\p{Cc}|\p{Cf}|\p{Cs}/u.test(path)) return 'contains a control or invisible character';
  // What bytes outside of UTF-8 are decoded to: many names would look the same.
  if (path.includes('\uFFFD')) return 'is not UTF-8';
  if (path.includes('\\')) return 'contains a backslash';
  if (path.startsWith('/')) return 'is absolute';
  return firstProblem(path.split('/'));
}

// Linux takes 4 096 bytes a path and 255 a name; the tree's root needs some of the former.
const MAX_PATH_BYTES = 2048;
const MAX_NAME_BYTES = 255;

function firstProblem(segments: readonly string[]): string | undefined {
  for (const segment of segments) {
    const problem = segmentProblem(segment);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function segmentProblem(segment: string): string | undefined {
  if (segment === '') return 'has an empty segment';
  if (segment === '.' || segment === '..') return `has a segment "${segment}"`;
  if (/^(?:\.git|git~\d+)(?:[. :].*)?$/i.test(segment)) return 'leads into .git';
  if (/[. ]$/.test(segment)) return 'has a segment that ends with a dot or a space';
  if (new TextEncoder().encode(segment).length > MAX_NAME_BYTES) {
    return `has a segment longer than ${MAX_NAME_BYTES} bytes`;
  }
  return undefined;
}
