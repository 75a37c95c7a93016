import { readBugLibrary } from '../../config/bug-library.ts';
import { InvalidConfigError, InvalidInputError } from '../../domain/failure/errors.ts';
import type { BugLibrary } from '../../domain/library/frozen-bug.ts';
import type { Running } from '../services/progress.ts';
import type { Services } from '../services/services.ts';
import { importLibrary } from './import-library.ts';

export function createLibraryActivities({ store }: Services, running: Running) {
  return {
    /** Reads a library, a file of this host, into the store; returns its id. From here on the file is not asked any more. */
    openLibrary: ({ file }: { readonly file: string }): Promise<string> =>
      running(async ({ say }) => {
        say(`reading ${file}`);
        const library = readRefusing(file);
        await importLibrary(store, library);
        return library.id;
      }),
  };
}

export type LibraryActivities = ReturnType<typeof createLibraryActivities>;

function readRefusing(file: string): BugLibrary {
  try {
    return readBugLibrary(file);
  } catch (error) {
    if (error instanceof InvalidConfigError) throw new InvalidInputError(error.message);
    throw error;
  }
}
