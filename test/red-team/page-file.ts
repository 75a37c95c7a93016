import { fileURLToPath } from 'node:url';

/** The page that is written from the suite's own results. */
export const RED_TEAM_DOCS = fileURLToPath(new URL('../../docs/red-team.md', import.meta.url));
