/** Words that are no names. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'abstract as async await break case catch class const continue debugger default delete do else enum export extends ' +
    'false finally for from function get if implements import in instanceof interface let new null of private protected ' +
    'public readonly return set static super switch this throw true try type typeof undefined var void while with yield'
  ).split(' '),
);

/** Names that every file knows. */
export const GLOBALS: readonly string[] = (
  'arguments exports require module process console global globalThis Buffer URL Infinity NaN Object Array String Number ' +
  'Boolean Symbol BigInt Function Math JSON Date RegExp Map Set WeakMap WeakSet Promise Proxy Reflect Error TypeError ' +
  'RangeError SyntaxError ReferenceError EvalError parseInt parseFloat isNaN isFinite encodeURIComponent ' +
  'decodeURIComponent encodeURI decodeURI escape unescape setTimeout clearTimeout setInterval clearInterval ' +
  'setImmediate queueMicrotask structuredClone Uint8Array ArrayBuffer string number boolean unknown never'
).split(' ');
