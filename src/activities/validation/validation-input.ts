import type { BlobRef } from '../../domain/record/blob-ref.ts';
import type { ConsistencyVerdict } from '../../domain/record/check-record.ts';
import type { Drawn } from '../../domain/draw/draw-seed.ts';
import type { Subject } from '../../domain/subject/subject.ts';
import type { ValidationConfig } from '../../domain/checks/validation-facts.ts';
import type { Configuration } from '../../config/configuration.ts';
import type { Owner } from '../services/sandbox-request.ts';

/** One artifact on its way through the checks of docs/specification.md#validation. */
export interface ValidationInput extends Drawn {
  readonly owner: Owner;
  readonly subject: Subject;
  /** The submission: the five files as they were handed in. */
  readonly submission: BlobRef;
  readonly sandbox: Configuration['sandbox'];
  readonly validation: ValidationConfig;
}

/** What one gathering of facts came to. */
export interface Gathering {
  /** Everything gathered so far. */
  readonly facts: BlobRef;
  /** Null while no check has failed and facts for later checks are missing. */
  readonly verdict: ConsistencyVerdict | null;
  /** It has taken its time and left parts of the facts out: to be asked again, with the facts as they are now. */
  readonly unfinished?: true;
}
