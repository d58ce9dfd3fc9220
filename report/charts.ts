import * as Plot from '@observablehq/plot';
import { element, setAttribute, type Child } from './dom.js';
import { brief, number, percent } from './format.js';

const LEVELS = Array.from({ length: 10 }, (_, level) => level);
/** Text of a plot is as large as other small text: on a phone the plot is narrower, not smaller. */
export const chartWidth = (): number => Math.max(280, Math.min(460, window.innerWidth - 56));

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/** A plot with its name for people who don't see it, and the same numbers as a table below. */
export function chartFigure(name: string, plot: Element, table: HTMLTableElement): HTMLElement {
  // Plot writes a style element of its own, which the content policy would refuse: page.css has its rules.
  for (const style of plot.querySelectorAll('style')) style.remove();
  setAttribute(plot, 'role', 'img');
  setAttribute(plot, 'aria-label', name);
  const scroller = element('div', { class: 'table-scroll' }, table);
  return element(
    'figure',
    { class: 'chart' },
    plot,
    element('details', {}, element('summary', {}, 'Numbers'), scroller),
  );
}

export interface Series {
  readonly name: string;
  readonly counts: readonly number[];
}

/** Counts of the levels 0 to 9; with two series, their shares side by side. */
export function levelHistogram(name: string, series: readonly Series[]): HTMLElement {
  const shares = series.length > 1;
  const bars = series.flatMap(({ name: of, counts }) =>
    LEVELS.map((level) => {
      const count = counts[level] ?? 0;
      return { of, level, count, value: shares ? (100 * count) / Math.max(1, total(counts)) : count };
    }),
  );
  const plot = Plot.plot({
    width: chartWidth(),
    height: 190,
    marginLeft: 44,
    marginBottom: 32,
    style: { background: 'transparent', overflow: 'visible' },
    fx: { label: null, padding: 0.16, axis: 'bottom', tickSize: 0 },
    x: { axis: null, padding: 0.04, domain: series.map((one) => one.name) },
    y: { label: null, grid: true, ticks: 4, nice: true, tickFormat: shares ? (value: number) => `${value} %` : brief },
    marks: [
      Plot.barY(bars, {
        fx: 'level',
        x: 'of',
        y: 'value',
        rx: 2,
        fill: (bar: { of: string }) => (bar.of === series[0]?.name && shares ? 'var(--before)' : 'var(--accent)'),
        title: (bar: (typeof bars)[number]) => `${name} ${bar.level}, ${bar.of}: ${number(bar.count)}`,
      }),
      Plot.ruleY([0], { stroke: 'var(--line-strong)' }),
    ],
  });
  const head = ['Level', ...series.flatMap(({ name: of }) => (shares ? [of, 'share'] : [of]))];
  const rows = LEVELS.map((level) => [
    level,
    ...series.flatMap(({ counts }) => {
      const count = counts[level] ?? 0;
      return shares ? [number(count), percent(count, total(counts))] : [number(count)];
    }),
  ]);
  return chartFigure(
    `${name}: ${series.map((one) => one.name).join(' and ')} chains by level 0 to 9`,
    plot,
    table(head, rows),
  );
}

/** How many chains have which RV at which CD. `cells[cd][rv]`. */
export function heatMap(name: string, cells: readonly (readonly number[])[]): HTMLElement {
  const points = LEVELS.flatMap((cd) => LEVELS.map((rv) => ({ cd, rv, count: cells[cd]?.[rv] ?? 0 })));
  const most = Math.max(1, ...points.map(({ count }) => count));
  const strength = ({ count }: { count: number }): number => (count === 0 ? 0 : 0.12 + 0.88 * Math.sqrt(count / most));
  const plot = Plot.plot({
    width: chartWidth(),
    height: 330,
    marginLeft: 40,
    marginBottom: 38,
    style: { background: 'transparent' },
    x: { domain: LEVELS, label: 'RV, reasoning verbosity', tickSize: 0, padding: 0.06 },
    y: { domain: [...LEVELS].reverse(), label: 'CD', tickSize: 0, padding: 0.06 },
    marks: [
      Plot.cell(points, { x: 'rv', y: 'cd', fill: 'var(--cell-empty)', rx: 2 }),
      Plot.cell(points, {
        x: 'rv',
        y: 'cd',
        rx: 2,
        fill: 'var(--accent)',
        fillOpacity: strength,
        title: ({ rv, cd, count }: (typeof points)[number]) => `RV ${rv}, CD ${cd}: ${number(count)} chains`,
      }),
      Plot.text(
        points.filter(({ count }) => count > 0),
        {
          x: 'rv',
          y: 'cd',
          text: ({ count }: (typeof points)[number]) => brief(count),
          fill: (point: (typeof points)[number]) => (strength(point) > 0.55 ? 'var(--on-accent)' : 'var(--text)'),
          fontSize: 10,
        },
      ),
    ],
  });
  const rows = LEVELS.map((cd) => [`CD ${cd}`, ...LEVELS.map((rv) => number(cells[cd]?.[rv] ?? 0))]);
  return chartFigure(name, plot, table(['', ...LEVELS.map((rv) => `RV ${rv}`)], rows));
}

export interface DifficultyBar {
  readonly name: string;
  readonly easy: number;
  readonly medium: number;
  readonly hard: number;
}

const DIFFICULTIES = ['easy', 'medium', 'hard'] as const;

/** What share of the chains was rated how, bar by bar. */
export function difficultyBars(name: string, bars: readonly DifficultyBar[]): HTMLElement {
  const parts = bars.flatMap((bar) => {
    const all = bar.easy + bar.medium + bar.hard;
    return DIFFICULTIES.map((rating) => ({
      bar: bar.name,
      rating,
      count: bar[rating],
      share: (100 * bar[rating]) / Math.max(1, all),
    }));
  });
  const plot = Plot.plot({
    width: chartWidth(),
    height: 34 + 34 * bars.length,
    marginLeft: 96,
    marginBottom: 28,
    style: { background: 'transparent' },
    x: { label: null, domain: [0, 100], ticks: 5, tickFormat: (value: number) => `${value} %` },
    y: { label: null, domain: bars.map((bar) => bar.name), tickSize: 0, padding: 0.25 },
    marks: [
      Plot.barX(
        parts,
        Plot.stackX({
          x: 'share',
          y: 'bar',
          order: [...DIFFICULTIES],
          z: 'rating',
          fill: ({ rating }: (typeof parts)[number]) => `var(--${rating})`,
          title: ({ bar, rating, count }: (typeof parts)[number]) => `${bar}: ${number(count)} ${rating}`,
        }),
      ),
    ],
  });
  const rows = bars.map((bar) => [bar.name, ...DIFFICULTIES.map((rating) => number(bar[rating]))]);
  return chartFigure(name, plot, table(['', ...DIFFICULTIES], rows));
}

/** What colours of a chart mean. */
export const legend = (entries: readonly { readonly name: string; readonly variable: string }[]): HTMLElement =>
  element(
    'ul',
    { class: 'legend', 'aria-label': 'Colours' },
    entries.map(({ name, variable }) =>
      element('li', {}, element('span', { class: `swatch ${variable}`, 'aria-hidden': 'true' }), name),
    ),
  );

/** A table: the first cell of a row is its head. */
export function table(head: readonly Child[], rows: readonly (readonly Child[])[], caption?: string): HTMLTableElement {
  return element(
    'table',
    {},
    caption === undefined ? null : element('caption', {}, caption),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        head.map((name) => (name === '' ? element('td') : element('th', { scope: 'col' }, name))),
      ),
    ),
    element(
      'tbody',
      {},
      rows.map(([first, ...rest]) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, first),
          rest.map((cell) => element('td', {}, cell)),
        ),
      ),
    ),
  );
}
