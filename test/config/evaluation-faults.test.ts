import { describe, expect, it } from 'vitest';
import { loadBenchmarks } from '../../activities/cleaning/benchmarks.js';
import { evaluationFaults } from '../../config/check-training.js';
import { Evaluation, type EvaluationInput } from '../../config/evaluation.js';

const benchmarks = await loadBenchmarks();
const faultsOf = (evaluation: Partial<EvaluationInput>) =>
  evaluationFaults(
    { evaluations: [Evaluation.parse({ name: 'e', benchmark: 'math500', models: [{ pool: 'p' }], ...evaluation })] },
    benchmarks,
  );

describe('benchmarks of evaluations', () => {
  it('are read from where they stand, or from a file that is named', () => {
    expect(faultsOf({})).toEqual([]);
    expect(faultsOf({ benchmark: 'word-problems', path: 'held-out.jsonl' })).toEqual([]);
  });

  it.each<[what: string, evaluation: Partial<EvaluationInput>, path: string, message: string]>([
    ['unknown ones', { benchmark: 'maths' }, 'evaluations[0].benchmark', 'a benchmark that can be asked (aime24,'],
    ['ones without a place', { benchmark: 'word-problems' }, 'evaluations[0].path', 'the benchmark names none'],
    ['copies without files', { dataset: 'me/math' }, 'evaluations[0].path', 'the file of "math500"'],
  ])('%s are refused before anything is asked', (...row) => {
    const [, evaluation, path, message] = row;
    const [fault, ...others] = faultsOf(evaluation);
    expect(others).toEqual([]);
    expect(fault?.path).toBe(path);
    expect(fault?.message).toContain(message);
  });
});
