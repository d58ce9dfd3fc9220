import { describe, expect, it } from 'vitest';
import { storeDown } from './store-scenarios.js';

describe('a store that is killed and comes back', () => {
  it('loses nothing that it acknowledged, and the run goes on', async () => {
    const { published, recordsLost } = await storeDown({ questions: 20, downMs: 6_000 });
    expect(published).toMatchObject({ questions: 20, failed: 0, duplicates: 0 });
    expect(recordsLost).toBe(0);
  });
});
