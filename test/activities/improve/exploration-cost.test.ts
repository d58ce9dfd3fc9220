import { describe, expect, it } from 'vitest';
import { explorationCost } from '../../../activities/improve/exploration-cost.js';
import { createMemoryStore } from '../../fakes/memory-store.js';

const dataset = { name: 'improving-explored', version: 'r1-00000000' };
const role = (outputTokens: number, cost: number) => ({ calls: 10, inputTokens: 500, outputTokens, cost });

describe('what an exploration cost', () => {
  it('is that of every call behind its rows, also of those that this execution found', async () => {
    const store = createMemoryStore();
    const stats = {
      calls: { new: 0, reused: 20, repeated: 0 },
      usage: { byRole: { teacher: role(4000, 0), judge: role(300, 0.25) }, byPool: {} },
      paid: { byRole: {}, byPool: {} },
    };
    await store.put('datasets/improving-explored/r1-00000000/stats.json', Buffer.from(JSON.stringify(stats)));
    expect(await explorationCost(store, dataset)).toEqual({ outputTokens: 4300, cost: 0.25 });
  });

  it('is asked in vain of a data set that is gone', async () => {
    await expect(explorationCost(createMemoryStore(), dataset)).rejects.toThrow(/stats\.json is not in .*deleted/);
  });
});
