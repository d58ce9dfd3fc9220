import type { GateResult } from '../activities/experiment/experiment-summary.js';
import { datasetPrefix } from '../activities/dataset/manifest.js';
import { oneLine } from '../activities/plain-text.js';
import { exitCodeOfRun } from './follow-run.js';
import { summaryText } from './status-text.js';
import type { RunState, RunStatus } from './run-client.js';
import type { RunSummary } from '../activities/dataset/run-summary.js';

/**
 * How a run ended, for programs: what `--summary FILE` writes. `schema` grows when a field changes its meaning or goes; new fields may come.
 */
export interface RunEnd {
  readonly schema: 1;
  readonly run: string;
  readonly state: RunState;
  /** Of a command that waited for it. */
  readonly exitCode: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** null: it is at work. */
  readonly endedAt: string | null;
  /** Why it failed; null: it did not. */
  readonly note: string | null;
  /** All of them, in the order of the recipe; none for a run that failed before they were judged. */
  readonly gates: readonly GateResult[];
  /** Keys of the store; null where there is no such file. */
  readonly files: {
    readonly manifest: string | null;
    readonly report: string | null;
    /** Of the evaluations, in Markdown. */
    readonly table: string | null;
    /** Report of the self-improvement. */
    readonly improvement: string | null;
  };
  /** Everything that the run said at its end; null: it failed, or is at work. */
  readonly summary: RunSummary | null;
}

/** How a run ended, or where it is. Pure. */
export function runEnd(status: RunStatus): RunEnd {
  const { run, state, startedAt, endedAt, note, summary } = status;
  const dataset = summary?.dataset;
  return {
    schema: 1,
    ...{ run, state, exitCode: exitCodeOfRun(status), startedAt, endedAt, note },
    gates: summary?.gates ?? [],
    files: {
      manifest: dataset?.manifestKey ?? null,
      report: dataset ? `${datasetPrefix(dataset.name, dataset.version)}/report.html` : null,
      table: summary?.experiment?.tableKey ?? null,
      improvement: summary?.improvement?.reportKey ?? null,
    },
    summary,
  };
}

/** The same for people, in Markdown: what the page of a CI job shows. Pure. */
export function endMarkdown(end: RunEnd): string {
  const { run, state, exitCode, note, gates, summary } = end;
  const missed = gates.filter(({ passed }) => !passed).length;
  const words = state === 'completed' && missed > 0 ? `${missed} of ${gates.length} gates missed` : state;
  const rows = gates.map(
    ({ gate, passed, found }) => `| ${passed ? 'passed' : '**missed**'} | ${cell(gate)} | ${cell(found)} |`,
  );
  return [
    `## ${oneLine(run)}: ${words}`,
    '',
    ...(note === null ? [] : [...note.split('\n').map((line) => `> ${cell(line)}`), '']),
    ...(rows.length === 0 ? [] : ['| gate | wanted | found |', '|---|---|---|', ...rows, '']),
    ...(summary
      ? [
          '```',
          ...summaryText({ ...summary, gates: [] })
            .replaceAll('```', "'''")
            .split('\n'),
          '```',
          '',
        ]
      : []),
    `exit code ${exitCode}`,
    '',
  ].join('\n');
}

const cell = (text: string): string => oneLine(text).replace(/[|<&]/g, (character) => `&#${character.charCodeAt(0)};`);
