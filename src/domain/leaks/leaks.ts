import type { ImageIndex, IndexedPlace, IndexedRepository } from './image-index.ts';

/** A file that a bug touches, as the solver must not see it. */
export interface TouchedFile {
  readonly path: string;
  /** The file is not as it was. */
  readonly changed: boolean;
  /** It is still there. */
  readonly present: boolean;
  /** Windows of the original text. */
  readonly windows: ReadonlySet<string>;
  /** Those that the present text does not hold any more. */
  readonly secret: ReadonlySet<string>;
}

/** A second copy of what a bug took away, and what is to be done about it. */
export interface Leak {
  readonly path: string;
  readonly kind: 'copy' | 'text' | 'archive' | 'compiled' | 'repository';
  /** The touched file; of a repository, its kind. */
  readonly of: string;
  /** How many windows of removed text it holds, and how many there are. */
  readonly held: number;
  readonly secret: number;
  /** A copy gets the buggy text, so that it stays what it was: the same file once more. */
  readonly remedy: 'overwrite' | 'remove';
  /** What shares its fate, so that no gap among its siblings names the touched file; left out where there is none. */
  readonly beside?: readonly string[];
}

/**
 * Every place of the image where text can be read that the bug took away (docs/specification.md#second-copies), by
 * content.
 *
 * Three windows are five significant lines in a row, of which the removed text is part: other code that is merely
 * similar, or has the same common lines, does not hold them. Other files of the tree are what a repair may learn from;
 * they count only as copies, backups or build outputs of the touched file.
 */
export function findLeaks(index: ImageIndex, touched: readonly TouchedFile[]): readonly Leak[] {
  const changed = touched.filter((file) => file.changed);
  if (changed.length === 0) return [];
  const paths = new Set(touched.map(({ path }) => path));
  const places = index.places.filter(({ inTree }) => inTree === null || !paths.has(inTree));
  const copies = places.flatMap((place) => strongest(changed.flatMap((file) => leakAt(index, place, file) ?? [])));
  return [...withSiblings(index, copies), ...index.repositories.filter(isHistory).map(toLeak)];
}

/**
 * A file that lacks beside its siblings, or is empty or younger than they are, says which one the bug touched. So what was
 * compiled goes with all that was compiled of this tree, and a copy with what else of the tree lies in its folder.
 */
function withSiblings(index: ImageIndex, copies: readonly Leak[]): readonly Leak[] {
  const cached = copies.filter(({ path }) => folderOf(path).endsWith(COMPILED_FOLDER));
  const [first] = cached;
  const caches = first === undefined ? [] : cachesOf(index).map((path): Leak => ({ ...first, path }));
  const leaking = new Set(copies.map(({ path }) => path));
  const folders = new Map<string, string[]>();
  for (const { path } of index.places.filter(isOfTree))
    folders.set(folderOf(path), (folders.get(folderOf(path)) ?? []).concat(path));
  const others = copies
    .filter((leak) => !cached.includes(leak))
    .map((leak): Leak => {
      const beside = (folders.get(folderOf(leak.path)) ?? []).filter((path) => !leaking.has(path));
      return beside.length === 0 ? leak : { ...leak, beside };
    });
  return [...others, ...caches];
}

/** The folders that hold what Python compiled of the tree's files; it compiles again. */
function cachesOf({ places }: ImageIndex): readonly string[] {
  const folders = places.flatMap(({ path, kind }) => (kind === 'compiled' ? folderOf(path) : []));
  return [...new Set(folders.filter((folder) => folder.endsWith(COMPILED_FOLDER)))].sort();
}

const COMPILED_FOLDER = '/__pycache__';

/** Holds text of the tree, however little, and is none of its sources. */
function isOfTree({ inTree, windows, copyOf }: IndexedPlace): boolean {
  return (inTree === null || isProduct(inTree)) && (copyOf.length > 0 || windows.length > 0);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** One line for the audit. */
export function describeLeak({ path, kind, of, held, secret }: Leak): string {
  if (kind === 'repository') return `${path} (${of === 'unread' ? 'too large to be looked into' : `${of} history`})`;
  const share = kind === 'compiled' || secret === 0 ? '' : `, ${held} of ${secret} windows`;
  return `${path} (${kind} of ${of}${share})`;
}

const ENOUGH_WINDOWS = 3;

/** Shares of a file's windows that make another file a copy of it: an edit of one line costs three windows. */
const SHARE = { outside: 0.3, product: 0.3, sameName: 0.5, inTree: 0.8 } as const;

function leakAt(index: ImageIndex, place: IndexedPlace, file: TouchedFile): Leak | undefined {
  const held = place.windows.flatMap((number) => index.windows[number] ?? []);
  const secret = held.filter((window) => file.secret.has(window)).length;
  const of = { path: place.path, of: file.path, held: secret, secret: file.secret.size };
  if (place.copyOf.includes(file.path) && isTelling(place, file)) {
    if (place.kind === 'compiled') return { ...of, kind: 'compiled', remedy: 'remove' };
    return { ...of, kind: 'copy', remedy: file.present && place.kind === 'text' ? 'overwrite' : 'remove' };
  }
  const shared = held.filter((window) => file.windows.has(window)).length;
  if (secret === 0 || !isCopy(place, file, { secret, shared })) return undefined;
  return { ...of, kind: place.kind, remedy: 'remove' };
}

function isCopy(
  place: IndexedPlace,
  file: TouchedFile,
  { secret, shared }: { readonly secret: number; readonly shared: number },
): boolean {
  const share = shared >= Math.min(ENOUGH_WINDOWS, file.windows.size) ? shared / file.windows.size : 0;
  const hasFragment = secret >= ENOUGH_WINDOWS;
  if (place.inTree === null) return hasFragment || share >= SHARE.outside;
  if (isProduct(place.inTree)) return hasFragment || share >= SHARE.product;
  return share >= (stemOf(place.inTree) === stemOf(file.path) ? SHARE.sameName : SHARE.inTree);
}

/**
 * A file of two lines is the same as many others; it is a copy only where its path says so too. Bytecode was compared
 * by names already.
 */
function isTelling(place: IndexedPlace, file: TouchedFile): boolean {
  if (place.kind === 'compiled' || file.windows.size > 0) return true;
  return place.path.endsWith(`/${file.path.split('/').slice(-2).join('/')}`);
}

/** What a build, an editor, a merge or a tool left in the tree. */
function isProduct(path: string): boolean {
  return PRODUCT_FOLDER.test(path) || PRODUCT_FILE.test(path);
}

const PRODUCT_FOLDER =
  /(^|\/)(build|dist|out|target|htmlcov|coverage|lcov-report|\.nyc_output|\.cache|\.next|\.tox|\.nox|\.mypy_cache|\.pytest_cache|__pycache__|node_modules|site-packages|[^/]+\.egg-info)\//i;
const PRODUCT_FILE =
  /(\.(orig|rej|bak|old|save|swp|swo|swn|map|patch|diff|html?|zip|whl|egg|jar|t?gz|bz2|xz|tar)|~|#)$|\.(min|bundle)\.[cm]?js$/i;

/** `arith` of arith.py, build/arith.py.orig and #arith.py#. */
function stemOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/^[.#~]+|[.#~]+$/g, '');
  return (name.split('.')[0] ?? '').toLowerCase();
}

function strongest(leaks: readonly Leak[]): readonly Leak[] {
  const [first] = [...leaks].sort(
    (left, right) => Number(right.kind === 'copy') - Number(left.kind === 'copy') || right.held - left.held,
  );
  return first === undefined ? [] : [first];
}

/** One of another project (a version manager's own clone) is nobody's original text. */
function isHistory({ related }: IndexedRepository): boolean {
  return related;
}

function toLeak({ path, kind }: IndexedRepository): Leak {
  return { path, kind: 'repository', of: kind, held: 0, secret: 0, remedy: 'remove' };
}
