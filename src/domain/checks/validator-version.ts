/**
 * The version of the judgement. Raise it whenever the same facts may get another verdict, or other facts are gathered:
 * artifacts keep it, and a revalidation compares it.
 */
export const VALIDATOR_VERSION = '3';
