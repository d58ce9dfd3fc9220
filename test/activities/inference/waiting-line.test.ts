import { describe, expect, it } from 'vitest';
import { createWaitingLine } from '../../../activities/inference/waiting-line.js';

describe('the waiting line', () => {
  it('serves the refused first, and each kind in its own order', () => {
    const line = createWaitingLine<string>();
    line.join('a', { refused: false });
    line.join('b', { refused: false });
    line.join('refused 1', { refused: true });
    line.join('refused 2', { refused: true });
    expect([line.next(), line.next(), line.next(), line.next(), line.next()]).toEqual([
      'refused 1',
      'refused 2',
      'a',
      'b',
      undefined,
    ]);
  });

  it('lets those in the middle leave', () => {
    const line = createWaitingLine<string>();
    line.join('a', { refused: false });
    const leave = line.join('b', { refused: false });
    line.join('c', { refused: false });
    leave();
    leave();
    expect(line.size()).toBe(2);
    expect(line.drain()).toEqual(['a', 'c']);
    expect(line.size()).toBe(0);
  });
});
