/**
 * The title of a JavaScript test by its id `path::suite › title`, where ` (2)` behind it tells it from another of the same
 * name: its last part without that number. Undefined for other ids.
 */
export function javaScriptTitleOf(id: string): string | undefined {
  const name = /^[^:]+\.[cm]?[jt]sx?::(.+)$/su.exec(id)?.[1];
  return name
    ?.split(' › ')
    .at(-1)
    ?.replace(/ \(\d{1,6}\)$/u, '')
    .trim();
}

/** A string's text as it is written between quotes, read: `it\'s` is `it's`. */
export function unescaped(source: string): string {
  return source.replace(/\\(.)/gsu, '$1').trim();
}
