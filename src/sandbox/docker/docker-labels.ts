/** What tells on an engine whose a container is, and until when. */
export const LABEL = {
  home: 'selfplay.home',
  sandbox: 'selfplay.sandbox',
  deployment: 'selfplay.deployment',
  run: 'selfplay.run',
  episode: 'selfplay.episode',
  expires: 'selfplay.expires',
  bootsUntil: 'selfplay.boots-until',
} as const;
