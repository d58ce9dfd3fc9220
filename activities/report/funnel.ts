import type { EndCounts, FunnelStage } from './page-data.js';

/** What became of the rows of one source; counts that a version does not have are 0. */
interface SourceRows {
  readonly rows: number;
  readonly passedOver?: number;
  readonly badRows?: number;
  readonly duplicates?: number;
  readonly nearDuplicates?: number;
  readonly contaminated?: number;
  readonly notNeeded?: number;
}

export interface PlanRows {
  readonly sources: readonly SourceRows[];
}

const ROW_LOSSES = {
  passedOver: 'passed over',
  badRows: 'row can not be read',
  duplicates: 'duplicate',
  nearDuplicates: 'near duplicate',
  contaminated: 'benchmark question',
  notNeeded: 'over a limit',
} as const;

/** Reasons of questions that had enough verified chains. All others, those of failures among them, end before. */
const LATE: ReadonlySet<string> = new Set(['never-medium', 'quota-full', 'outside-quotas', 'quota-surplus']);

/** From source rows to accepted questions. Pure. */
export function questionFunnel(
  /** undefined for versions that were published before it was kept. */
  plan: PlanRows | undefined,
  questions: EndCounts,
): FunnelStage[] {
  const losses = Object.entries(questions.byReason).map(([reason, count]) => ({ reason, count }));
  const early = losses.filter(({ reason }) => !LATE.has(reason));
  const verified = questions.total - early.reduce((total, { count }) => total + count, 0);
  return [
    ...(plan ? [{ name: 'rows read', count: sum(plan, 'rows'), lost: [] }] : []),
    { name: 'questions planned', count: questions.total, lost: plan ? rowLosses(plan) : [] },
    { name: 'with enough verified chains', count: verified, lost: early },
    { name: 'accepted', count: questions.accepted, lost: losses.filter(({ reason }) => LATE.has(reason)) },
  ];
}

function rowLosses(plan: PlanRows): FunnelStage['lost'] {
  return (Object.keys(ROW_LOSSES) as (keyof typeof ROW_LOSSES)[])
    .map((field) => ({ reason: ROW_LOSSES[field], count: sum(plan, field) }))
    .filter(({ count }) => count > 0);
}

const sum = ({ sources }: PlanRows, field: keyof SourceRows): number =>
  sources.reduce((total, source) => total + (source[field] ?? 0), 0);

interface ChainStage {
  readonly name: string;
  /** Shown only where chains were lost. */
  readonly isOptional?: boolean;
  readonly loses: (reason: string) => boolean;
}

const oneOf =
  (...reasons: readonly string[]) =>
  (reason: string): boolean =>
    reasons.includes(reason);

/** Which stage a chain did not reach, by the reason it was dropped for. What no stage names ends the last. */
const STAGES: readonly ChainStage[] = [
  { name: 'answered', loses: oneOf('truncated', 'unparsed', 'refused') },
  { name: 'passed the filters', isOptional: true, loses: (reason) => reason.startsWith('filtered-') },
  { name: 'right answer', loses: oneOf('wrong-solution', 'undecided-solution') },
  { name: 'valid reasoning', loses: oneOf('flawed-reasoning', 'unjudged') },
  { name: 'medium for the student', loses: oneOf('unrated', 'never-medium') },
  {
    name: 'wanted by a quota',
    isOptional: true,
    loses: oneOf('quota-full', 'outside-quotas', 'unscored', 'quota-surplus'),
  },
  { name: 'kept', loses: () => true },
];

/** From asked chains to kept ones. Pure. */
export function chainFunnel(chains: EndCounts): FunnelStage[] {
  const stageOf = (reason: string): ChainStage | undefined => STAGES.find(({ loses }) => loses(reason));
  const losses = Object.entries(chains.byReason).map(([reason, count]) => ({ reason, count }));
  let left = chains.total;
  const stages = STAGES.flatMap((stage) => {
    const lost = losses.filter(({ reason }) => stageOf(reason) === stage);
    left -= lost.reduce((total, { count }) => total + count, 0);
    return stage.isOptional && lost.length === 0 ? [] : [{ name: stage.name, count: left, lost }];
  });
  return [{ name: 'chains', count: chains.total, lost: [] }, ...stages];
}
