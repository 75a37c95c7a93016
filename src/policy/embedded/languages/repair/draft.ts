import type { Operator } from '../../choice/operator.ts';
import type { Repair } from '../language.ts';
import type { SourceEdit } from '../source-edit.ts';

/** A repair before its features are worked out: what its maker alone knows. */
export interface RepairDraft {
  readonly operator: Operator;
  readonly origin: Repair['origin'];
  readonly edit: SourceEdit;
  /** From 0 to 1: how far its surroundings are those that the text had elsewhere. */
  readonly sameNeighbours?: number;
  /** The text comes from the same class or from a function of the same name. */
  readonly siblingDonor?: boolean;
  /** It replaces what does nothing: `pass`, `return None`, a call of something without its only argument. */
  readonly forPlaceholder?: boolean;
  /** It returns what the function assigned last, or the attribute that it is named after. */
  readonly lastAssigned?: boolean;
  /** The failure's message asks for it. */
  readonly toldByFailure?: boolean;
}
