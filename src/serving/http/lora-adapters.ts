import { z } from 'zod';

import { findPublishedVersion, publishedName, type DirectoryPublication } from '../../domain/training/publication.ts';
import { readAnswer, type Replica } from './replica.ts';

const modelsSchema = z.object({ data: z.array(z.object({ id: z.string(), root: z.string().nullish() })) });

/**
 * Loads an adapter under the name of its version. One that has the name already goes first, wherever it came from: a
 * step that was trained again after a loss writes other weights into the same directory.
 */
export async function loadAdapter(
  replica: Replica,
  publication: DirectoryPublication,
  { route, signal }: { readonly route: string; readonly signal: AbortSignal },
): Promise<void> {
  const name = publishedName(publication.version);
  const loaded = await loadedAdapters(replica, signal);
  if (loaded.some((adapter) => adapter.name === name)) await unload(replica, name, signal);
  await replica.load(route, { lora_name: name, lora_path: publication.directory }, signal);
}

/** Those that nobody asks for any more. Newer ones than the newest are of a run that had these servers before. */
export async function unloadOthers(
  replica: Replica,
  { oldest, newest }: { readonly oldest: number; readonly newest: number },
  signal: AbortSignal,
): Promise<void> {
  for (const { name, version } of await loadedAdapters(replica, signal))
    if (version < oldest || version > newest) await unload(replica, name, signal);
}

/** Under which name a server samples from a publication; without one, from what it was started with. */
export function sampledModel(
  { model }: { readonly model: string },
  publication: DirectoryPublication | undefined,
): string {
  return publication?.kind === 'lora' ? publishedName(publication.version) : model;
}

/** A LoRA adapter of a published version, as `GET /v1/models` of vLLM lists it. */
interface LoadedAdapter {
  readonly name: string;
  readonly version: number;
  /** Where it was loaded from; undefined where the server does not say. */
  readonly directory: string | undefined;
}

async function loadedAdapters(replica: Replica, signal: AbortSignal): Promise<readonly LoadedAdapter[]> {
  const { data } = readAnswer(modelsSchema, await replica.get('/v1/models', signal));
  return data.flatMap(({ id, root }) => {
    const version = findPublishedVersion(id);
    return version === undefined ? [] : [{ name: id, version, directory: root ?? undefined }];
  });
}

/** Why the adapter of this publication is not the one that is loaded under its name. */
export async function adapterProblem(
  replica: Replica,
  { version, directory }: DirectoryPublication,
  signal: AbortSignal,
): Promise<string | undefined> {
  const loaded = (await loadedAdapters(replica, signal)).find(({ name }) => name === publishedName(version));
  if (loaded === undefined) return `GET ${replica.url}/v1/models does not list ${publishedName(version)}`;
  if (loaded.directory === undefined || loaded.directory === directory) return undefined;
  return `its ${loaded.name} is the one in ${loaded.directory}, not in ${directory}`;
}

async function unload(replica: Replica, name: string, signal: AbortSignal): Promise<void> {
  await replica.post('/v1/unload_lora_adapter', { lora_name: name }, signal);
}
