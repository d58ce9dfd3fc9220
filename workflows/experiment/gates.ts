import type { RunSummary } from '../../activities/dataset/run-summary.js';
import type { EvaluationResult } from '../../activities/evaluation/evaluation-result.js';
import type { Comparison, GateResult } from '../../activities/experiment/experiment-summary.js';
import type { Evaluation } from '../../config/evaluation.js';
import type { Gate } from '../../config/gates.js';

/** What a run has to show: its counts, and of an experiment the scores and comparisons. `distill` has both and judges all gates of a recipe. */
export interface GateFindings {
  /** Left out: an experiment by itself, over a data set that was there. */
  readonly run?: Pick<RunSummary, 'questions'>;
  /** Results of the experiment; left out: there was none. */
  readonly evaluations?: readonly EvaluationResult[];
  readonly comparisons?: readonly Comparison[];
}

type GateOf<Kind extends Gate['kind']> = Extract<Gate, { kind: Kind }>;
type Found = Omit<GateResult, 'gate'>;

/** Gates of a recipe, which was checked when the run was prepared, each with its baseline; an empty list when it has none. Pure. */
export const gatesOf = (recipe: unknown): readonly Gate[] =>
  withBaselines(listOf<Gate>(recipe, 'gates'), listOf<EvaluationNames>(recipe, 'evaluations'));

function listOf<Entry>(recipe: unknown, name: 'gates' | 'evaluations'): readonly Entry[] {
  const list = (recipe as Readonly<Record<string, unknown>> | undefined)?.[name];
  return Array.isArray(list) ? (list as readonly Entry[]) : [];
}

/** The gates with the baseline that each `not-below` means: its own, or else that of its evaluation, or else the evaluation's first model. Pure. */
export function withBaselines(gates: readonly Gate[], evaluations: readonly EvaluationNames[]): readonly Gate[] {
  return gates.map((gate) => {
    if (gate.kind !== 'not-below' || gate.baseline !== undefined) return gate;
    const evaluation = evaluations.find(({ name }) => name === gate.evaluation);
    const baseline = evaluation && baselineOf(evaluation);
    return baseline === undefined ? gate : { ...gate, baseline };
  });
}

/** What gates need of the evaluations of a recipe. */
export type EvaluationNames = Pick<Evaluation, 'name' | 'models' | 'baseline'>;

/** The model that the others of an evaluation are compared with, by its name in tables. Pure. */
export function baselineOf({ baseline, models }: Omit<EvaluationNames, 'name'>): string | undefined {
  return baseline ?? (models[0] && nameOf(models[0]));
}

const nameOf = (model: Evaluation['models'][number]): string => Object.values(model)[0] ?? '';

/**
 * Judges each gate by what was found, in their order. What a gate asks for and was not measured is missed, with the reason said. Pure; [ours].
 * `not-below` is missed only when the model is below the baseline by more than noise, problem by problem: no difference, and one within noise, pass.
 */
export function judgeGates(gates: readonly Gate[], findings: GateFindings): GateResult[] {
  return gates.map((gate) => ({ gate: gateText(gate), ...judge(gate, findings) }));
}

/** A gate as one line, such as `score held-out student-sft >= 0.6`. */
export function gateText(gate: Gate): string {
  switch (gate.kind) {
    case 'accepted':
      return `accepted >= ${gate.atLeast}`;
    case 'failed-share':
      return `failed-share <= ${gate.atMost}`;
    case 'score':
      return `score ${gate.evaluation} ${gate.model} >= ${gate.atLeast}`;
    case 'not-below':
      return `not-below ${gate.evaluation} ${gate.model} >= ${gate.baseline ?? 'baseline'}`;
    case 'tokens':
      return `tokens ${gate.evaluation} ${gate.model} <= ${gate.atMost}`;
  }
}

function judge(gate: Gate, findings: GateFindings): Found {
  switch (gate.kind) {
    case 'accepted':
    case 'failed-share':
      return findings.run ? judgeCounts(gate, findings.run.questions) : notBuilt;
    case 'score':
      return judgeScore(gate, findings);
    case 'not-below':
      return judgeNotBelow(gate, findings);
    case 'tokens':
      return judgeTokens(gate, findings);
  }
}

function judgeCounts(gate: GateOf<'accepted' | 'failed-share'>, questions: RunSummary['questions']): Found {
  const { accepted, failed, total } = questions;
  if (gate.kind === 'accepted')
    return { passed: accepted >= gate.atLeast, found: `${accepted} of ${total} questions accepted` };
  const share = total === 0 ? 0 : failed / total;
  return { passed: share <= gate.atMost, found: `${failed} of ${total} questions failed: ${rounded(share)}` };
}

const notBuilt: Found = { passed: false, found: 'no data set was built by this' };

function judgeScore(gate: GateOf<'score'>, findings: GateFindings): Found {
  const result = resultOf(gate, findings);
  if (!result) return notMeasured(gate);
  const { passAt1, problems } = result;
  if (!passAt1) return { passed: false, found: `none of ${problems} problems was scored` };
  const { value, low, high } = passAt1;
  return {
    passed: value >= gate.atLeast,
    found: `pass@1 ${rounded(value)} (${rounded(low)} to ${rounded(high)} at 95 %) on ${problems} problems`,
  };
}

function judgeTokens(gate: GateOf<'tokens'>, findings: GateFindings): Found {
  const result = resultOf(gate, findings);
  if (!result) return notMeasured(gate);
  const { meanTokens } = result;
  if (meanTokens === null) return { passed: false, found: 'no endpoint said how many tokens its answers have' };
  return { passed: meanTokens <= gate.atMost, found: `${meanTokens.toFixed(1)} tokens an answer` };
}

function judgeNotBelow(gate: GateOf<'not-below'>, { comparisons = [] }: GateFindings): Found {
  const { evaluation, model, baseline } = gate;
  const found = comparisons.find(
    (each) => each.evaluation === evaluation && each.model === model && each.baseline === baseline,
  );
  if (!found)
    return { passed: false, found: `${model} was not compared with ${baseline ?? 'a baseline'} on ${evaluation}` };
  const { difference, pValue, isLargerThanNoise } = found;
  const size = `${signed(difference.value)} (${signed(difference.low)} to ${signed(difference.high)} at 95 %, ${chance(pValue)})`;
  const isBelow = isLargerThanNoise && difference.value < 0;
  return {
    passed: !isBelow,
    found: `${size} against ${baseline ?? ''}: ${isLargerThanNoise ? 'larger than noise' : 'within noise'}`,
  };
}

const resultOf = (
  { evaluation, model }: { readonly evaluation: string; readonly model: string },
  { evaluations = [] }: GateFindings,
): EvaluationResult | undefined =>
  evaluations.find((result) => result.evaluation === evaluation && result.model === model);

const notMeasured = ({ evaluation, model }: { readonly evaluation: string; readonly model: string }): Found => ({
  passed: false,
  found: `${model} was not evaluated on ${evaluation}`,
});

/** At most four digits behind the point, none for nothing. */
const rounded = (value: number): string => String(Math.round(value * 10_000) / 10_000);
const signed = (value: number): string => `${value < 0 ? '' : '+'}${rounded(value)}`;
const chance = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`);
