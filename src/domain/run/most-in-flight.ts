/**
 * Episodes of a run in flight at once, at most: the server bounds what a workflow may wait for at 2000, and each of them
 * may be asked for something while it ends.
 */
export const MOST_EPISODES_IN_FLIGHT = 500;
