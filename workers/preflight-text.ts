import { grouped, percent } from '../activities/plain-text.js';
import type { TrainingPlan } from '../activities/training/jobs/training-plan.js';
import type {
  ContaminationReport,
  PreflightReport,
  RowsReport,
} from '../activities/training/preflight/preflight-report.js';

const COLUMN = 12;

/** A student that was looked at, or why it was not. */
export type ShownPreflight =
  | { readonly student: string; readonly plan: TrainingPlan; readonly report: PreflightReport }
  | { readonly student: string; readonly skipped: string };

/** What a preflight found, for a terminal of 80 columns. Pure. */
export function preflightText(shown: ShownPreflight): string {
  if ('skipped' in shown) return `${shown.student}: not looked at: ${shown.skipped}`;
  const { plan, report } = shown;
  const { student, method, base, training } = plan;
  const { ok, reasons, notes } = report.verdict;
  return [
    `${student.name} ${student.version}: ${method} of ${base.name} on ${training.name} ${training.version}, view ${training.view}`,
    ...(report.rows === null ? [] : rowLines(report.rows)),
    ...(report.contamination === null ? [] : [labelled('benchmarks', contaminationText(report.contamination))]),
    ...notes.map((note) => labelled('note', note)),
    ...reasons.map((reason) => labelled('refused', reason)),
    ...(ok ? [labelled('ok', 'nothing speaks against the training')] : []),
  ].join('\n');
}

function rowLines(report: RowsReport): string[] {
  const { template, samples, lengths, cut, rows, equalPairs, steps, tokens, model, memory, seconds } = report;
  const { p10, p50, p90, p99, max } = lengths;
  return [
    labelled('model', `${model.type}, ${grouped(model.parameters)} parameters, ${grouped(model.trainable)} trained`),
    labelled('template', templateText(template)),
    labelled(
      'thoughts',
      `${samples.rendered} of ${samples.withThought} samples keep it, ${samples.trained} learn it whole, ${samples.trainedWhenCut} when cut`,
    ),
    labelled('tokens', `a row: p10 ${p10}, p50 ${p50}, p90 ${p90}, p99 ${p99}, longest ${max}`),
    labelled(
      'cut',
      `${percent(cut.rows, rows.read)} of ${grouped(rows.read)} rows at maxLength ${cut.maxLength ?? 'none'}, ${cut.withoutAnswer} lose their whole answer`,
    ),
    ...(equalPairs === null ? [] : [labelled('pairs', `${equalPairs} of ${grouped(rows.read)} have equal answers`)]),
    labelled(
      'training',
      `${grouped(steps)} steps, ${grouped(tokens.total)} tokens, ${percent(tokens.loss, tokens.epoch)} of them in the loss${seconds === null ? '' : `, about ${duration(seconds)}`}`,
    ),
    labelled('memory', memoryText(memory)),
  ];
}

const ORIGINS = {
  model: "the model's own",
  file: 'that of the deployment',
  trl: "TRL's, which marks the answers of the model's own",
  none: 'none: rows are plain texts',
};

const templateText = ({ origin, sha256, fault }: RowsReport['template']): string =>
  [ORIGINS[origin], ...(sha256 === null ? [] : [`(${sha256.slice(0, 8)})`]), ...(fault === null ? [] : [fault])].join(
    ' ',
  );

function memoryText(memory: RowsReport['memory']): string {
  const { weights, gradients, optimizer, reference, activations, temporary, total } = memory;
  const parts = Object.entries({ weights, gradients, optimizer, reference, activations, temporary })
    .filter(([, mib]) => mib > 0)
    .map(([name, mib]) => `${name} ${gib(mib)}`);
  return `${gib(total)} GiB of one device: ${parts.join(', ')}`;
}

function contaminationText({ benchmarks, rows, found }: ContaminationReport): string {
  const asked = benchmarks.map(({ benchmark, questions }) => `${benchmark} (${grouped(questions)})`).join(', ');
  const first = found
    .slice(0, 3)
    .map(({ question, benchmark, row }) => `${question.slice(0, 12)} = ${benchmark}:${row}`);
  return `${grouped(rows)} rows ask what ${asked} ask${first.length > 0 ? `: ${first.join(', ')}` : ''}`;
}

const labelled = (label: string, text: string): string => `  ${label.padEnd(COLUMN)}${text}`;

const gib = (mib: number): string => (mib / 1024).toFixed(mib < 1024 ? 2 : 1);

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
