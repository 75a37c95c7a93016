import type { FileReading, FileWriting } from '../../sandbox/sandbox.ts';

/** Why a file cannot be read, in words for an agent. */
export const READING_PROBLEMS: Readonly<Record<Extract<FileReading, { found: false }>['problem'], string>> = {
  missing: 'there is no such file',
  'not-a-file': 'it is not a regular file',
  'symbolic-link': 'it is a symbolic link; name the file itself',
  'too-large': 'it is too large',
  'not-permitted': 'permission is denied',
};

/** Why a file cannot be written, in words for an agent. */
export const WRITING_PROBLEMS: Readonly<Record<Extract<FileWriting, { written: false }>['problem'], string>> = {
  'symbolic-link': 'it is a symbolic link; name the file itself',
  'not-a-file': 'it is not a regular file',
  'not-a-directory': 'a part of the path is not a directory',
  'not-permitted': 'permission is denied',
  'no-space': 'there is no space left',
};
