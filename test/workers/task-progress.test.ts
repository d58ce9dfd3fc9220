import { describe, expect, it } from 'vitest';
import { noteOf } from '../../workers/task-progress.js';

const training = { state: 'running', job: 'j', epoch: 1, step: 40, steps: 1200, loss: 0.5123 };

describe('what a task says of itself', () => {
  it.each<[details: readonly unknown[], note: string]>([
    [
      [{ ...training, tokensPerSecond: 3400, secondsLeft: 30 }],
      'step 40 of 1,200, loss 0.512, 3,400 tokens/s, 30 s left',
    ],
    [[{ ...training, loss: null, tokensPerSecond: null, secondsLeft: 600 }], 'step 40 of 1,200, 10 min left'],
    [[{ ...training, steps: 0 }], 'starting'],
    [[{ ...training, state: 'queued' }], 'queued'],
    [
      [
        { answered: 3, of: 10 },
        { answered: 1000, of: 1010 },
        { job: 'j', state: 'serving' },
      ],
      '1,003 of the 1,020 answers that are asked now',
    ],
    [[{ job: 'j', state: 'converting' }], 'server converting'],
    [['reading weights', undefined, null], ''],
    [[], ''],
  ])('%j is "%s"', (details, note) => {
    expect(noteOf(details)).toBe(note);
  });
});
