/** A place of the host, and where a sandbox shows it. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/**
 * Whether a file of an environment is of a kind that installers write places of their host into: programs with the
 * interpreter in their first line, what activates an environment, what leads Python and linkers to code elsewhere.
 *
 * Others are left alone: a short path such as `/src` stands in code that means another thing.
 */
export function mayNameItsHost(file: string): boolean {
  return KINDS.some((kind) => kind.test(file));
}

const KINDS: readonly RegExp[] = [
  /^bin\/[^/]+$/,
  /(?:^|\/)node_modules\/\.bin\/[^/]+$/,
  /^pyvenv\.cfg$/,
  // Paths to add, the older form of an editable installation, and the newer one: a module that finds the code.
  /(?:^|\/)(?:site|dist)-packages\/[^/]+\.(?:pth|egg-link)$/,
  /(?:^|\/)(?:site|dist)-packages\/__editable__[^/]*\.py$/,
  /(?:^|\/)(?:site|dist)-packages\/[^/]+\.dist-info\/direct_url\.json$/,
  /(?:^|\/)pkgconfig\/[^/]+\.pc$/,
];

/** The text with the places of the host as the sandbox has them; whole components only, the longest place first. */
export function movedText(text: string, moves: readonly Move[]): string {
  const places = new Map(moves.map(({ from, to }) => [from, to]));
  const longestFirst = [...places.keys()].sort((one, other) => other.length - one.length);
  const pattern = new RegExp(`(?<![\\w.-])(?:${longestFirst.map(escaped).join('|')})(?![\\w.-])`, 'g');
  return text.replace(pattern, (place) => places.get(place) ?? place);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
