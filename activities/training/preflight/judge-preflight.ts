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

export type JudgedReport = Omit<PreflightReport, 'schema' | 'trainer' | 'verdict'>;

/** Judges what was found before a training. All reasons against it are given, not the first alone. Pure. [ours] */
export function judgePreflight(report: JudgedReport, limits: PreflightLimits): PreflightVerdict {
  const reasons = [
    ...thoughtReasons(report),
    ...lengthReasons(report.rows, limits.preflight),
    ...pairReasons(report.rows, limits.preflight),
    ...contaminationReasons(report.contamination, limits.preflight),
    ...memoryReasons(report.rows, limits.gpuMemoryMiB),
  ];
  return reasons.length === 0 ? { ok: true } : { ok: false, reasons };
}

/** What can be done about a template, whatever is wrong with it. */
const otherTemplate = ({ kind, name }: PreflightBase): string =>
  kind === 'model'
    ? `give models.${name}.chatTemplate`
    : `give the model that ${name} was trained from another chatTemplate`;

function thoughtReasons({ base, rows: { samples, template } }: JudgedReport): string[] {
  const { withThought, rendered, trained, looked, doubledTags } = samples;
  if (template.fault !== null)
    return [
      `the rows can't be prepared for ${base.name}: ${template.fault}; ${otherTemplate(base)}, or set assistantOnlyLoss: false`,
    ];
  const reasons: string[] = [];
  if (rendered < withThought)
    reasons.push(
      `the chat template of ${base.name} removes the thought (${rendered} of ${withThought} samples keep it, expected all): ${otherTemplate(base)}, or a view with thought: still2`,
    );
  else if (trained < withThought)
    reasons.push(
      `the thought is not in the loss (${trained} of ${withThought} samples have it there, expected all): ${otherTemplate(base)} that marks whole answers, or set assistantOnlyLoss: false`,
    );
  if (doubledTags > 0)
    reasons.push(
      `the tags of the thought stand twice in ${doubledTags} of ${looked} samples, expected none: the chat template of ${base.name} writes them too; ${otherTemplate(base)} that leaves them to the rows`,
    );
  return reasons;
}

function lengthReasons({ rows, cut, lengths, withoutLoss }: RowsReport, { maxCutShare }: Preflight): string[] {
  const reasons: string[] = [];
  if (cut.maxLength !== null && cut.rows > maxCutShare * rows.read)
    reasons.push(
      `maxLength ${cut.maxLength} cuts ${share(cut.rows, rows.read)} of the rows (${cut.rows} of ${rows.read}; ${cut.withoutAnswer} lose their whole answer), expected at most ${percent(maxCutShare)}: raise settings.maxLength (95% of the rows have at most ${lengths.p95} tokens, the longest ${lengths.max}), choose shorter chains, or raise preflight.maxCutShare`,
    );
  if (withoutLoss === rows.read)
    reasons.push(
      `nothing is learnt from any of the ${rows.read} rows: no token of them is in the loss; expected answers within settings.maxLength (${cut.maxLength ?? 'not set'})`,
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

function memoryReasons({ memory, cut, lengths }: RowsReport, gpuMemoryMiB: number | undefined): string[] {
  if (gpuMemoryMiB === undefined || memory.total <= gpuMemoryMiB) return [];
  const length = Math.min(cut.maxLength ?? Infinity, lengths.max);
  return [
    `the training takes about ${gib(memory.total)} of GPU memory (weights ${gib(memory.weights + memory.reference)}, gradients and optimizer ${gib(memory.gradients + memory.optimizer)}, activations of ${length} tokens a row ${gib(memory.activations + memory.temporary)}), expected at most ${gib(gpuMemoryMiB)}: set gradientCheckpointing, a smaller batchSize or maxLength, or lora`,
  ];
}

const percent = (value: number): string => `${Number((value * 100).toFixed(1))}%`;
const share = (part: number, whole: number): string => percent(whole === 0 ? 0 : part / whole);
const gib = (mib: number): string => `${(mib / 1024).toFixed(1)} GiB`;
