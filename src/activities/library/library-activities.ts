import type { Running } from '../services/progress.ts';
import type { Services } from '../services/services.ts';
import { openFrozen } from './import-library.ts';

export function createLibraryActivities({ store }: Services, running: Running) {
  return {
    /** Reads a library into the store; returns its id. */
    openLibrary: ({ file }: { readonly file: string }): Promise<string> =>
      running(async ({ say }) => {
        say(`reading ${file}`);
        return (await openFrozen(store, file)).id;
      }),
  };
}

export type LibraryActivities = ReturnType<typeof createLibraryActivities>;
