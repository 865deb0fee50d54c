// The report of `fltlab bench` as one HTML file that needs no network and runs no script: plots as
// SVG (latency by percentile, throughput over requestors, cost by operation and stack), and the
// numbers below them.
import { addedText } from './text.ts';
import type { BenchReport, StackFigure } from './types.ts';

const COLOURS = ['#4e79a7', '#f28e2b', '#59a14f', '#e15759', '#b07aa1', '#76b7b2', '#9c755f'];
const WIDTH = 640;
const HEIGHT = 260;
const LEFT = 70;
const BOTTOM = 30;

export const escapeHtml = (text: string): string => text.replaceAll('&', '&amp;')
  .replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const colourOf = (index: number): string => COLOURS[index % COLOURS.length]!;
const short = (value: number): string => (value >= 1e6 ? `${(value / 1e6).toPrecision(3)}M`
  : value >= 1000 ? `${(value / 1000).toPrecision(3)}k` : value.toPrecision(3));

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

interface Axes {
  readonly xs: readonly (readonly [number, string])[];
  readonly isLog: boolean;
  readonly unit: string;
}

/** A plot of lines; x is given as a position from 0 to 1. */
function linePlot(lines: readonly Line[], { xs, isLog, unit }: Axes): string {
  const values = lines.flatMap(({ points }) => points.map(([, y]) => y)).filter((y) => y > 0);
  const high = Math.max(1, ...values);
  const low = isLog ? Math.max(1, Math.min(...values)) : 0;
  const height = HEIGHT - BOTTOM - 10;
  const scale = (y: number): number => (isLog
    ? Math.log(Math.max(low, y) / low) / Math.log(Math.max(1.001, high / low)) : y / high);
  const px = (x: number): string => (LEFT + x * (WIDTH - LEFT - 10)).toFixed(1);
  const py = (y: number): string => (10 + height * (1 - scale(y))).toFixed(1);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) =>
    (isLog ? low * (high / low) ** part : high * part));
  const grid = ticks.map((y) => `<line x1="${LEFT}" x2="${WIDTH - 10}" y1="${py(y)}" ` +
    `y2="${py(y)}" ` +
    `class="grid"/><text x="${LEFT - 6}" y="${py(y)}" class="y">${short(y)}</text>`);
  const names = xs.map(([x, name]) =>
    `<text x="${px(x)}" y="${HEIGHT - 8}" class="x">${escapeHtml(name)}</text>`);
  const drawn = lines.map(({ points }, i) =>
    `<polyline fill="none" stroke="${colourOf(i)}" stroke-width="2" points="` +
    `${points.map(([x, y]) => `${px(x)},${py(y)}`).join(' ')}"/>`);
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">${grid.join('')}${names.join('')}` +
    `${drawn.join('')}<text x="4" y="12" class="unit">${escapeHtml(unit)}</text></svg>`;
}

function legend(names: readonly string[]): string {
  return `<p class="legend">${names.map((name, i) =>
    `<span><b style="background:${colourOf(i)}"></b>${escapeHtml(name)}</span>`).join('')}</p>`;
}

function latencyPlots(report: BenchReport): string {
  const kinds = report.stacks[0]?.work.map(({ kind }) => kind) ?? [];
  return kinds.map((kind, k) => {
    const keys = Object.keys(report.stacks[0]!.work[k]!.percentiles)
      .toSorted((a, b) => Number(a) - Number(b));
    const at = (i: number): number => i / Math.max(1, keys.length - 1);
    const lines = report.stacks.map((stack): Line => ({ name: stack.name,
      points: keys.map((key, i) => [at(i), stack.work[k]?.percentiles[key] ?? 0]) }));
    const plot = linePlot(lines,
      { xs: keys.map((key, i) => [at(i), `p${key}`]), isLog: true, unit: 'ns' });
    return `<figure><figcaption>${kind}</figcaption>${plot}</figure>`;
  }).join('');
}

function scalingPlot(report: BenchReport): string {
  const counts = report.stacks[0]?.scaling.map(({ requestors }) => requestors) ?? [];
  const last = Math.max(1, counts.length - 1);
  const lines = report.stacks.map((stack): Line => ({ name: stack.name,
    points: stack.scaling.map(({ perSecond }, i) => [i / last, perSecond]) }));
  return linePlot(lines, { xs: counts.map((n, i) => [i / last, String(n)]), isLog: false,
    unit: 'reads/s, over requestors' });
}

/** Bars: nanoseconds by operation, a bar per stack. */
function costBars(report: BenchReport): string {
  const kinds = report.stacks[0]?.work ?? [];
  const high = Math.max(1, ...report.stacks.flatMap((stack) => stack.work.map(({ ns }) => ns)));
  const group = (WIDTH - LEFT - 10) / Math.max(1, kinds.length);
  const bar = (group * 0.8) / Math.max(1, report.stacks.length);
  const height = HEIGHT - BOTTOM - 10;
  const bars = kinds.flatMap((_kind, k) => report.stacks.map((stack, i) => {
    const ns = stack.work[k]?.ns ?? 0;
    const tall = (height * ns) / high;
    const title = `${stack.name}, ${stack.work[k]?.kind ?? ''}: ${Math.round(ns)} ns`;
    return `<rect x="${(LEFT + k * group + i * bar).toFixed(1)}" width="${bar.toFixed(1)}" ` +
      `y="${(10 + height - tall).toFixed(1)}" height="${tall.toFixed(1)}" fill="${colourOf(i)}">` +
      `<title>${escapeHtml(title)}</title></rect>`;
  }));
  const names = kinds.map(({ kind }, k) =>
    `<text x="${(LEFT + (k + 0.4) * group).toFixed(1)}" y="${HEIGHT - 8}" ` +
      `class="x">${kind}</text>`);
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"><text x="4" y="12" class="unit">ns, ` +
    `up ` +
    `to ${short(high)}</text>${bars.join('')}${names.join('')}</svg>`;
}

function rows(stack: StackFigure, base: StackFigure | undefined): string {
  return stack.work.map((figure, i) => {
    const none = base?.work[i];
    const cells = [stack.name, figure.kind, figure.ns.toFixed(0),
      none === undefined ? '' : addedText(figure, none),
      figure.percentiles['50'] ?? '', figure.percentiles['99'] ?? '',
      figure.poolAllocations.toFixed(1), figure.heapBytes?.toFixed(0) ?? '?'];
    return `<tr>${cells.map((cell) => `<td>${escapeHtml(String(cell))}</td>`).join('')}</tr>`;
  }).join('');
}

const STYLE = `body{font:14px system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;
color:#222;background:#fff}svg{width:100%;max-width:${WIDTH}px}figure{margin:1em 0}
.grid{stroke:#ddd}.x{font-size:11px;text-anchor:middle}.y{font-size:11px;text-anchor:end}
.unit{font-size:11px;fill:#666}.legend span{margin-right:1.5em}.legend b{display:inline-block;
width:.9em;height:.9em;margin-right:.4em}table{border-collapse:collapse}td,th{padding:.2em .7em;
text-align:right;border-bottom:1px solid #eee}td:nth-child(-n+2),
th:nth-child(-n+2){text-align:left}`;

/** The whole document. */
export function benchHtml(report: BenchReport): string {
  const heads = ['filters', 'operation', 'ns', 'added', 'p50', 'p99', 'pool blocks', 'heap bytes'];
  const about = `fltlab ${report.fltlab}, Node ${report.node}, ${report.machine}; ` +
    `${report.fileSystem}, completion ${report.completion}`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>fltlab bench</title>
<style>${STYLE}</style></head><body><h1>What the filters cost</h1><p>${escapeHtml(about)}</p>
${legend(report.stacks.map(({ name }) => name))}
<h2>Cost by operation and filter</h2>${costBars(report)}
<h2>Throughput over requestors</h2>${scalingPlot(report)}
<h2>Latency of single operations</h2><p>Between two looks at a clock, whose own cost is part of
it.</p>${latencyPlots(report)}
<h2>Numbers</h2><table><tr>${heads.map((head) => `<th>${head}</th>`).join('')}</tr>
${report.stacks.map((stack) => rows(stack, report.stacks[0])).join('\n')}</table>
<h2>Time</h2><table><tr><th>filters</th><th>APC_LEVEL</th><th>DISPATCH_LEVEL</th><th>work items</th>
<th>looks</th></tr>${report.stacks.map(({ name, shares }) => `<tr><td>${escapeHtml(name)}</td>` +
    [shares.apcLevel, shares.dispatchLevel, shares.workItems].map((share) =>
      `<td>${(share * 100).toFixed(1)} %</td>`).join('') +
    `<td>${shares.samples}</td></tr>`).join('')}
</table></body></html>
`;
}
