import { PolicyRequestRejectedError } from '../../domain/failure/errors.ts';
import { publishedName, type Publication } from '../../domain/training/publication.ts';

/**
 * Under which name an inference server samples from what is published: an adapter has a name of its own for each
 * version, whole weights have taken the place of those that the server was started with.
 */
export function servedModel(model: string, publication: Publication | undefined): string {
  switch (publication?.kind) {
    case undefined:
    case 'weights':
      return model;
    case 'lora':
      return publishedName(publication.version);
    case 'embedded':
    case 'sampler':
      throw new PolicyRequestRejectedError(
        `${model} is asked of an inference server, and version ${publication.version} is of kind ${publication.kind}, which none loads: the run's policy and its trainer do not fit`,
      );
  }
}
