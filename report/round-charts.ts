import * as Plot from '@observablehq/plot';
import type { EvaluationPart, Range, RolloutPoint } from '../activities/report/improvement-data.js';
import { chartFigure, chartWidth, legend, table } from './charts.js';
import { element } from './dom.js';
import { figure, number, points } from './format.js';

/** pass@1 of the imitation and of each round, with its interval. */
export function scoreChart({ name, scores }: EvaluationPart): HTMLElement {
  const bars = scores.flatMap(({ round, model, passAt1 }) =>
    passAt1
      ? [
          {
            ...{ round: round === 0 ? 'imitation' : `round ${round}`, model },
            ...{ value: 100 * passAt1.value, low: 100 * passAt1.low, high: 100 * passAt1.high },
          },
        ]
      : [],
  );
  const title = ({ model, value, low, high }: (typeof bars)[number]): string =>
    `${model}: ${value.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)})`;
  const plot = Plot.plot({
    width: chartWidth(),
    height: 210,
    marginLeft: 44,
    marginBottom: 32,
    style: { background: 'transparent', overflow: 'visible' },
    x: { label: null, type: 'point', domain: bars.map(({ round }) => round), tickSize: 0, padding: 0.6 },
    y: { label: null, grid: true, ticks: 5, nice: true, tickFormat: (value: number) => `${value} %` },
    marks: [
      Plot.ruleX(bars, { x: 'round', y1: 'low', y2: 'high', stroke: 'var(--accent)', strokeWidth: 2, title }),
      Plot.dot(bars, { x: 'round', y: 'value', r: 4.5, fill: 'var(--accent)', title }),
    ],
  });
  const rows = scores.map(({ model, passAt1 }) => [
    model,
    ...(passAt1 ? [points(passAt1.value), points(passAt1.low), points(passAt1.high)] : ['-', '-', '-']),
  ]);
  return chartFigure(`pass@1 on ${name} by round`, plot, table(['Model', 'pass@1', 'from', 'to'], rows));
}

const FATES = [
  { fate: 'wrong', name: 'wrong or cut', variable: 'hard' },
  { fate: 'right', name: 'right, left out', variable: 'before' },
  { fate: 'rejected', name: 'learnt, the worse side', variable: 'failed' },
  { fate: 'chosen', name: 'learnt', variable: 'accent' },
] as const;

/** Rollouts by length and perplexity, and the band that chosen ones lie in. */
export function rolloutChart(name: string, rollouts: readonly RolloutPoint[], band: Range | null): HTMLElement {
  const shown = FATES.filter(({ fate }) => rollouts.some((one) => one.fate === fate));
  const dots = shown.flatMap(({ fate }) => rollouts.filter((one) => one.fate === fate));
  const colour = ({ fate }: RolloutPoint): string =>
    `var(--${FATES.find((one) => one.fate === fate)?.variable ?? 'before'})`;
  const plot = Plot.plot({
    width: chartWidth(),
    height: 260,
    marginLeft: 48,
    marginBottom: 38,
    style: { background: 'transparent', overflow: 'visible' },
    x: { label: 'tokens of the answer', ticks: 5, nice: true, zero: true },
    y: { label: 'perplexity of the thought', ticks: 5, nice: true, grid: true },
    marks: [
      ...(band ? [Plot.ruleY([band.low, band.high], { stroke: 'var(--muted)', strokeDasharray: '4 4' })] : []),
      Plot.dot(dots, {
        x: 'tokens',
        y: 'perplexity',
        r: 3.5,
        fill: colour,
        fillOpacity: 0.85,
        stroke: 'var(--surface)',
        strokeWidth: 0.5,
        title: ({ tokens, perplexity, fate }: RolloutPoint) =>
          `${fate}: ${number(tokens)} tokens, perplexity ${figure(perplexity)}`,
      }),
    ],
  });
  const rows = dots.map(({ fate, tokens, perplexity }) => [fate, number(tokens), figure(perplexity)]);
  return element(
    'div',
    {},
    legend(shown.map((one) => ({ name: one.name, variable: one.variable }))),
    chartFigure(name, plot, table(['', 'Tokens', 'Perplexity'], rows)),
  );
}
