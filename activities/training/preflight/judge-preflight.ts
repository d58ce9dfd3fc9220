import type { Preflight } from '../../../config/student.js';
import type {
  ContaminationReport,
  PreflightBase,
  PreflightReport,
  PreflightVerdict,
  RowsReport,
} from './preflight-report.js';

/** What a training has to keep to. */
export interface PreflightLimits {
  readonly preflight: Preflight;
  /** Memory of one GPU, MiB; undefined: not compared. */
  readonly gpuMemoryMiB?: number | undefined;
}

export type JudgedReport = Pick<PreflightReport, 'base' | 'rows' | 'contamination'>;

/** Judges what was found before a training. All reasons against it are given, not the first alone. Pure. [ours] */
export function judgePreflight(report: JudgedReport, { preflight, gpuMemoryMiB }: PreflightLimits): PreflightVerdict {
  const { base, rows, contamination } = report;
  const ofRows = rows === null ? [] : rowReasons(base, rows, preflight);
  const memory = rows === null || gpuMemoryMiB === undefined ? [] : memoryReasons(rows, gpuMemoryMiB);
  const reasons = [...ofRows, ...contaminationReasons(contamination, preflight), ...memory];
  return { ok: reasons.length === 0, reasons, notes: notesOf(report, gpuMemoryMiB) };
}

const rowReasons = (base: PreflightBase, rows: RowsReport, limits: Preflight): string[] => [
  ...(rows.template.fault === null ? thoughtReasons(base, rows) : [faultReason(base, rows.template.fault)]),
  ...lengthReasons(rows, limits),
  ...pairReasons(rows, limits),
];

const faultReason = ({ kind, name }: PreflightBase, fault: string): string =>
  `the rows can't be prepared for ${name} (${fault}), expected a chat template that takes them and marks the answers: ${otherTemplate({ kind, name })}, or set settings.assistantOnlyLoss: false`;

/** What can be done about a template, whatever is wrong with it. A student has that of the model that it was trained from. */
const otherTemplate = ({ kind, name }: PreflightBase): string =>
  kind === 'model'
    ? `give models.${name}.chatTemplate`
    : `give a chatTemplate to the model that ${name} was trained from`;

function thoughtReasons(base: PreflightBase, { samples, method }: RowsReport): string[] {
  const { withThought, rendered, trained, looked, doubledTags } = samples;
  const reasons: string[] = [];
  if (rendered < withThought)
    reasons.push(
      `the chat template of ${base.name} removes the thought (${rendered} of ${withThought} samples keep it, expected all): ${otherTemplate(base)}, or a view with thought: still2`,
    );
  else if (trained < withThought)
    reasons.push(
      `the thought is not in the loss (${trained} of ${withThought} samples have it there, expected all): ${otherTemplate(base)} that marks whole answers${method === 'sft' ? ', or set settings.assistantOnlyLoss: false' : ''}`,
    );
  if (doubledTags > 0)
    reasons.push(
      `the tags of the thought stand twice in ${doubledTags} of ${looked} samples, expected none: the chat template of ${base.name} writes them too; ${otherTemplate(base)} that leaves them to the rows`,
    );
  return reasons;
}

function lengthReasons(
  { rows, cut, lengths, withoutLoss, template }: RowsReport,
  { maxCutShare }: Preflight,
): string[] {
  const reasons: string[] = [];
  if (cut.maxLength !== null && cut.rows > maxCutShare * rows.read)
    reasons.push(
      `maxLength ${cut.maxLength} cuts ${share(cut.rows, rows.read)} of the rows (${cut.rows} of ${rows.read}; ${cut.withoutAnswer} lose their whole answer), expected at most ${percent(maxCutShare)}: raise settings.maxLength (95% of the rows have at most ${lengths.p95} tokens, the longest ${lengths.max}), choose shorter chains, or raise preflight.maxCutShare`,
    );
  if (template.fault === null && rows.read > 0 && withoutLoss === rows.read)
    reasons.push(
      `nothing is learnt from any of the ${rows.read} rows, expected answers with tokens in the loss within settings.maxLength (${cut.maxLength ?? 'not set'}): raise it, or look at the view`,
    );
  return reasons;
}

function pairReasons({ rows, equalPairs }: RowsReport, { maxEqualPairs }: Preflight): string[] {
  if (equalPairs === null || equalPairs <= maxEqualPairs * rows.read) return [];
  return [
    `${equalPairs} of ${rows.read} pairs have two equal answers, expected at most ${percent(maxEqualPairs)}: nothing is learnt from them; choose other kinds of pairs for the view, or raise preflight.maxEqualPairs`,
  ];
}

function contaminationReasons(found: ContaminationReport | null, { maxContaminatedRows }: Preflight): string[] {
  if (found === null || found.rows <= maxContaminatedRows) return [];
  const { exact, ngram, indel } = found.methods;
  const names = [...new Set(found.found.map(({ benchmark }) => benchmark))].sort().join(', ');
  return [
    `${found.rows} rows of the training set ask what an evaluation asks (${names}: ${exact} the same words, ${ngram} by shared n-grams, ${indel} nearly the same text), expected at most ${maxContaminatedRows}: drop such questions with cleaning.decontamination, or raise preflight.maxContaminatedRows`,
  ];
}

function memoryReasons({ memory, cut, lengths }: RowsReport, gpuMemoryMiB: number): string[] {
  if (memory.total <= gpuMemoryMiB) return [];
  const length = Math.min(cut.maxLength ?? Infinity, lengths.max);
  return [
    `the training takes about ${gib(memory.total)} of GPU memory (weights ${gib(memory.weights + memory.reference)}, gradients and optimizer ${gib(memory.gradients + memory.optimizer)}, rows of ${length} tokens ${gib(memory.activations + memory.temporary)}), expected at most ${gib(gpuMemoryMiB)}: set settings.gradientCheckpointing, a smaller batchSize or maxLength, or lora`,
  ];
}

function notesOf({ rows, contamination }: JudgedReport, gpuMemoryMiB: number | undefined): string[] {
  const notes: string[] = [];
  if (contamination === null) notes.push('no evaluation is named: nothing was compared with benchmarks');
  if (rows === null) return ['rows were not looked at: the trainer has preflight: null', ...notes];
  const { samples, model, cut, lengths, withoutLoss, memory } = rows;
  if (rows.rows.read < rows.rows.total)
    notes.push(`figures are drawn out from ${rows.rows.read} of ${rows.rows.total} rows`);
  if (samples.otherPrompt > 0)
    notes.push(
      `${samples.otherPrompt} of ${samples.looked} samples are trained behind another text than the student will be asked with: look at add_generation_prompt of the chat template`,
    );
  if (withoutLoss > 0 && withoutLoss < rows.rows.read)
    notes.push(`${withoutLoss} of ${rows.rows.read} rows teach nothing: no token of theirs is in the loss`);
  if (model.contextLength !== null && Math.min(cut.maxLength ?? Infinity, lengths.max) > model.contextLength)
    notes.push(`rows are longer than the ${model.contextLength} tokens that the model was made for`);
  if (!memory.traced && gpuMemoryMiB !== undefined)
    notes.push('memory of activations is not known for this architecture: the estimate is a lower bound');
  return notes;
}

const percent = (value: number): string => `${Number((value * 100).toFixed(1))}%`;
const share = (part: number, whole: number): string => percent(whole === 0 ? 0 : part / whole);
const gib = (mib: number): string => `${(mib / 1024).toFixed(1)} GiB`;
