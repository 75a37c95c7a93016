/** A curve with its closed form as a line and what was measured as dots. */
export interface Curve {
  readonly label: string;
  readonly line: readonly (readonly [x: number, y: number])[];
  readonly dots: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly yRange: readonly [number, number];
  readonly yTicks: readonly number[];
  readonly curves: readonly Curve[];
}

/** Colours that people with any kind of colour vision tell apart (Okabe and Ito 2008). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];

const PANEL = { width: 440, height: 330, left: 46, right: 16, top: 62, bottom: 44 };

/** Panels two by two as one SVG document; a chart library would bring more code than it saves. */
export function toSvg(panels: readonly Panel[]): string {
  const rows = Math.ceil(panels.length / 2);
  const [width, height] = [PANEL.width * 2, PANEL.height * rows];
  const drawn = panels.map((panel, index) => {
    const place = `translate(${(index % 2) * PANEL.width} ${Math.floor(index / 2) * PANEL.height})`;
    return `<g transform="${place}">\n${panelOf(panel)}\n</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

function panelOf({ title, xLabel, yRange, yTicks, curves }: Panel): string {
  const { width, height, left, right, top, bottom } = PANEL;
  const x = (value: number): number => rounded(left + value * (width - left - right));
  const [low, high] = yRange;
  const y = (value: number): number =>
    rounded(height - bottom - ((value - low) / (high - low)) * (height - top - bottom));
  const xTicks = [0, 0.2, 0.4, 0.6, 0.8, 1];
  return [
    text(left, 20, title, 'font-weight="bold" font-size="13"'),
    ...yTicks.map((tick) => `<path d="M${x(0)} ${y(tick)}H${x(1)}" stroke="#dddddd"/>`),
    ...yTicks.map((tick) => text(left - 6, y(tick) + 4, String(tick), 'text-anchor="end"')),
    ...xTicks.map((tick) => text(x(tick), height - bottom + 18, String(tick), 'text-anchor="middle"')),
    text(x(0.5), height - 8, xLabel, 'text-anchor="middle"'),
    ...curves.flatMap((curve, index) => curveOf(curve, COLOURS[index] ?? '#000000', { x, y })),
    ...curves.flatMap(({ label }, index) => legendOf(label, index)),
  ].join('\n');
}

interface Scales {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

function curveOf({ line, dots }: Curve, colour: string, { x, y }: Scales): readonly string[] {
  const points = line.map(([left, up]) => `${x(left)},${y(up)}`).join(' ');
  return [
    `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
    ...dots.map(([left, up]) => `<circle cx="${x(left)}" cy="${y(up)}" r="3" fill="${colour}"/>`),
  ];
}

/** Two columns between title and panel. */
function legendOf(label: string, index: number): readonly string[] {
  const [left, up] = [PANEL.left + (index % 2) * 200, 38 + Math.floor(index / 2) * 16];
  const colour = COLOURS[index] ?? '#000000';
  return [`<circle cx="${left + 5}" cy="${up - 4}" r="4" fill="${colour}"/>`, text(left + 14, up, label)];
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" fill="#222222" ${attributes}>${escaped}</text>`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
