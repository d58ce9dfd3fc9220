import { executeChild } from '@temporalio/workflow';
import type { EvaluationResult } from '../../activities/evaluation/evaluation-result.js';
import type { ModelRef } from '../../activities/models/model-manifest.js';
import type { evaluateModel } from '../evaluation/evaluate-model.js';
import { COT_RUN } from '../search-attributes.js';

/** A student of the loop, and an evaluation of the recipe. */
export interface StudentToEvaluate {
  readonly run: string;
  readonly recipe: unknown;
  /** Place of the evaluation in the recipe, which was checked when the loop was planned. */
  readonly index: number;
  readonly student: ModelRef;
  readonly server: string;
}

/** Asks a student one evaluation of the recipe, under its own name: rounds are no students that the recipe lists. */
export function evaluateStudent({ run, recipe, index, student, server }: StudentToEvaluate): Promise<EvaluationResult> {
  const { baseline: _baseline, ...evaluation } = evaluationAt(recipe, index);
  const model = { student: student.name };
  return executeChild<typeof evaluateModel>('evaluateModel', {
    workflowId: `${run}/evaluation/${String(evaluation['name'])}/${student.name}`,
    args: [
      {
        run,
        evaluation: { ...evaluation, models: [model] },
        model,
        student: { name: student.name, version: student.version },
        server,
      },
    ],
    staticSummary: `${String(evaluation['name'])}: ${student.name}`,
    typedSearchAttributes: [{ key: COT_RUN, value: run }],
  });
}

const evaluationAt = (recipe: unknown, index: number): Readonly<Record<string, unknown>> =>
  (recipe as { readonly evaluations?: readonly Readonly<Record<string, unknown>>[] }).evaluations?.[index] ?? {};
