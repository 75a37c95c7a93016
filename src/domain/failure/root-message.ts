/** What went wrong in the first place, behind everything that says that something failed because of it. */
export function rootMessageOf(error: unknown): string {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root instanceof Error ? root.message : String(root);
}
