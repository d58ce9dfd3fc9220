import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { DatasetExists } from '../../activities/dataset/manifest.js';
import { PlanCorrupt } from '../../activities/dataset/plan-manifest.js';
import { toFailure } from '../../activities/failures.js';
import { MathVerifyUnavailableError } from '../../activities/grading/math-verify.js';
import { InferenceError, type InferenceErrorKind } from '../../activities/inference/inference.js';
import { LedgerCorrupt } from '../../activities/ledger/store-ledger.js';
import { PublishError } from '../../activities/publication/publish-error.js';
import { PublishedFileDamaged } from '../../activities/dataset/published-file.js';
import { TrainingShortfall } from '../../activities/selection/select-chains.js';
import { TrainingSetExists } from '../../activities/selection/training-manifest.js';
import type { Selection } from '../../activities/selection/training-set.js';
import { SourceError } from '../../activities/sources/source-error.js';
import { StoreError } from '../../activities/store/object-store.js';
import { ConfigError } from '../../config/config-error.js';
import { describeFailure, rootFailure, RUN_STOPPING, stopsRun } from '../../workflows/failures.js';

const pool = (kind: InferenceErrorKind, retryAfterMs?: number): InferenceError =>
  new InferenceError('what the server said', { kind, pool: 'p', retryAfterMs });
const failed = (error: unknown, attempt = 1): ApplicationFailure => {
  const failure = toFailure(error, attempt);
  if (!(failure instanceof ApplicationFailure))
    throw new Error(`expected an ApplicationFailure, got ${String(failure)}`);
  return failure;
};

const SHORT = { name: 'a', version: 'v1', dataset: { name: 'd', version: 'v1' }, shortfall: 'too few' } as Selection;

describe('toFailure', () => {
  it.each<[string, Error, string, 'again' | 'never', 'run' | 'question']>([
    ['an overload', pool('overloaded'), 'Pool.Overloaded', 'again', 'question'],
    ['an outage', pool('unavailable'), 'Pool.Unavailable', 'again', 'question'],
    ['a refused request', pool('rejected'), 'Pool.Rejected', 'never', 'question'],
    ['a wrong key', pool('misconfigured'), 'Pool.Misconfigured', 'never', 'run'],
    ['a store that is away', new StoreError('unavailable', 'm'), 'Store.Unavailable', 'again', 'question'],
    ['a store that refuses', new StoreError('denied', 'm'), 'Store.Misconfigured', 'never', 'run'],
    ['a store set up wrongly', new StoreError('misconfigured', 'm'), 'Store.Misconfigured', 'never', 'run'],
    ['a bad recipe', new ConfigError('recipe', [{ path: 'name', message: 'm' }]), 'Input.Invalid', 'never', 'run'],
    ['a bad source', new SourceError('m'), 'Source.Invalid', 'never', 'run'],
    ['a damaged plan', new PlanCorrupt('m'), 'Source.Invalid', 'never', 'run'],
    ['a target that is away', new PublishError('unavailable', 'm'), 'Publish.Unavailable', 'again', 'question'],
    ['a target that is busy', new PublishError('overloaded', 'm'), 'Publish.Unavailable', 'again', 'question'],
    ['a target without rights', new PublishError('denied', 'm'), 'Publish.Refused', 'never', 'question'],
    ['a target with another version', new PublishError('exists', 'm'), 'Publish.Exists', 'never', 'question'],
    ['a version that exists', new DatasetExists('m'), 'Dataset.Exists', 'never', 'run'],
    ['a training set that exists', new TrainingSetExists('m'), 'Training.Exists', 'never', 'question'],
    ['a training set that falls short', new TrainingShortfall(SHORT), 'Training.Shortfall', 'never', 'question'],
    ['a damaged published file', new PublishedFileDamaged('m'), 'Store.Damaged', 'never', 'question'],
    ['a grader that cannot start', new MathVerifyUnavailableError('m'), 'Grader.Unavailable', 'never', 'run'],
    ['a damaged record', new LedgerCorrupt('calls/x', 'm'), 'Ledger.Corrupt', 'never', 'question'],
  ])('%s becomes a failure of its type', (_what, ...[error, type, retry, concerns]) => {
    const failure = failed(error);
    expect(failure).toMatchObject({ type, nonRetryable: retry === 'never', message: error.message });
    // What passes by itself is no alarm.
    expect(failure.category === ApplicationFailureCategory.BENIGN).toBe(retry === 'again');
    expect(stopsRun(failure)).toBe(concerns === 'run');
    expect((RUN_STOPPING as readonly string[]).includes(type)).toBe(concerns === 'run');
  });

  it('waits as long as the server asks', () => {
    expect(failed(pool('overloaded', 30_000)).nextRetryDelay).toBe(30_000);
    expect(failed(pool('overloaded')).nextRetryDelay).toBeUndefined();
  });

  it('lets failures and cancellations of Temporal pass', () => {
    const failure = ApplicationFailure.nonRetryable('m', 'Own');
    const cancelled = new CancelledFailure('m');
    expect(toFailure(failure, 1)).toBe(failure);
    expect(toFailure(cancelled, 1)).toBe(cancelled);
  });

  it('gives an unknown error five attempts', () => {
    const error = new TypeError('a fault of the program');
    for (const attempt of [1, 2, 3, 4]) expect(toFailure(error, attempt)).toBe(error);
    expect(failed(error, 5)).toMatchObject({ type: 'Internal', nonRetryable: true, message: error.message });
  });
});

describe('failures in workflows', () => {
  const inner = ApplicationFailure.nonRetryable('wrong key', 'Pool.Misconfigured');
  const wrapped = new Error('child failed', { cause: new Error('activity failed', { cause: inner }) });

  it('are told by the innermost application failure', () => {
    expect(rootFailure(wrapped)).toBe(inner);
    expect(describeFailure(wrapped)).toEqual({ reason: 'Pool.Misconfigured', message: 'wrong key' });
  });

  it('without one are Internal, with the message cut for a history', () => {
    expect(rootFailure(new Error('odd'))).toBeUndefined();
    expect(describeFailure(new Error('x'.repeat(900)))).toEqual({ reason: 'Internal', message: 'x'.repeat(500) });
  });
});
