import { fileURLToPath } from 'node:url';

/** The folder of package.json: two levels above this file, in `src` and in `dist` alike. */
export const packageRoot = fileURLToPath(new URL('../../', import.meta.url));
