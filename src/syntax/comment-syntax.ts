/**
 * A comment that says these words, as a file of this name takes it behind a line or behind its end; undefined where the
 * language is not known, or where text behind the end of the code is not a comment
 * (docs/specification.md#neutral-edit).
 */
export function commentBehind(path: string, text: string, words: string): string | undefined {
  const name = path.split('/').at(-1) ?? '';
  const extension = /[^.]\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  const kind = BY_NAME[name] ?? BY_EXTENSION[extension];
  if (kind === undefined || DATA_BEHIND_CODE.test(text)) return undefined;
  return kind.replace('?', words);
}

// What stands behind these is data that the program reads.
const DATA_BEHIND_CODE = /^__(?:END|DATA)__$/m;

const HASH = '# ?';
const SLASHES = '// ?';
const DASHES = '-- ?';
const BLOCK = '/* ? */';

const BY_NAME: Readonly<Record<string, string>> = { Dockerfile: HASH, Makefile: HASH, Gemfile: HASH };

const BY_EXTENSION: Readonly<Record<string, string>> = {
  ...allOf(HASH, 'py pyi pyx rb rake pl pm sh bash zsh r jl ex exs cr nim tcl yaml yml toml cfg ini cmake'),
  ...allOf(SLASHES, 'js mjs cjs jsx ts mts cts tsx go rs java kt kts scala swift c h cc cpp cxx hpp cs dart zig proto'),
  ...allOf(DASHES, 'lua hs sql elm adb ads'),
  ...allOf(BLOCK, 'css scss less'),
};

function allOf(kind: string, extensions: string): Readonly<Record<string, string>> {
  return Object.fromEntries(extensions.split(' ').map((extension) => [extension, kind]));
}
