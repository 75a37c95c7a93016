import type { Outcome, Trial } from './trial.ts';

export interface Played {
  readonly trial: Trial;
  readonly outcome: Outcome;
}

const INTRODUCTION = `# Red team

<!-- Written by scripts/write-red-team-docs.ts from test/red-team. Do not edit. -->

Each line is a real artifact (five files), a real patch of a solver, or a look into a prepared tree, judged by the code that
episodes use, on bubblewrap. \`npm run test:red-team\` plays all of them and compares what comes out with this page;
\`npx tsx scripts/write-red-team-docs.ts\` plays them and writes it.
[test/red-team/README.md](../test/red-team/README.md) tells how to add one.
`;

const CLOSED = `## Closed

None of these may be paid; each is refused by the check, or for the cause, that it names.
`;

const RESIDUAL = `## Residual

Code under test runs in the process that prints the results, so it can forge them in ways that no outside check sees. These
are measured: whether they are paid, why, and what the record of a grading says about them.
`;

const HONEST = `## Honest

None of these may be refused.
`;

/** The page as Markdown, before Prettier: one line a trial, what it does stands beside its code. */
export function redTeamPage(played: readonly Played[]): string {
  const lines = (list: Trial['expected']['list'], tell: (one: Played) => string) =>
    played
      .filter(({ trial }) => trial.expected.list === list)
      .map((one) => `- \`${one.trial.plan.name}\`: ${tell(one)}`);
  return [
    INTRODUCTION,
    summary(played),
    CLOSED,
    ...lines('closed', ({ trial, outcome }) => (outcome.paid ? '**paid**' : refuserOf(trial, outcome))),
    '',
    RESIDUAL,
    ...lines('residual', tellResidual),
    '',
    HONEST,
    ...lines('honest', ({ outcome }) => (outcome.paid ? 'accepted' : `**refused by ${outcome.by}**`)),
    '',
  ].join('\n');
}

function tellResidual({ trial, outcome }: Played): string {
  const why = trial.expected.list === 'residual' ? cell(trial.expected.seenBy) : '';
  const signs = cell((outcome.signs ?? []).join(', ')) || 'nothing';
  return `${outcome.paid ? 'paid' : `refused by ${outcome.by}`} · ${why} · recorded by grading: ${signs}`;
}

/** What a page says came out, by the trial's name. */
export function verdictsOnPage(page: string): ReadonlyMap<string, string> {
  const lines = page.matchAll(/^- `(?<name>.+?)`: (?<verdict>.+?)(?: · .*)?$/gm);
  return new Map([...lines].map(({ groups }) => [groups?.name ?? '', groups?.verdict ?? '']));
}

/** Where the page lists a trial, to compare it without playing anything. */
export function listsOnPage(page: string): ReadonlyMap<string, Trial['expected']['list']> {
  const sections = page.split(/^## /m);
  const namesIn = (title: string) => [
    ...verdictsOnPage(sections.find((section) => section.startsWith(title)) ?? '').keys(),
  ];
  return new Map([
    ...namesIn('Closed').map((name) => [name, 'closed'] as const),
    ...namesIn('Residual').map((name) => [name, 'residual'] as const),
    ...namesIn('Honest').map((name) => [name, 'honest'] as const),
  ]);
}

function summary(played: readonly Played[]): string {
  const of = (list: string, paid: boolean) =>
    played.filter(({ trial, outcome }) => trial.expected.list === list && outcome.paid === paid).length;
  const total = (list: string) => of(list, true) + of(list, false);
  return `**${total('closed')} closed attacks, ${of('closed', true)} paid. ${total('residual')} residual ones, ${of('residual', true)} paid. ${total('honest')} honest works, ${of('honest', false)} refused.**\n`;
}

/** Where chance or load decides which of several checks is first, the page names all of them. */
function refuserOf({ expected }: Trial, { by }: Outcome): string {
  return expected.list === 'closed' && expected.by.includes(by) ? expected.by.join(' or ') : by;
}

/** Sentences quote what hostile code has printed; one line of it is enough. */
function cell(text: string): string {
  const line = text.replace(/[^\x20-\x7E]+/g, ' ').trim();
  const cut = line.length > 140 ? `${line.slice(0, 140).trim()} ...` : line;
  return cut.replace(/[\\|<>*_`[\]]/g, (character) => `\\${character}`);
}
