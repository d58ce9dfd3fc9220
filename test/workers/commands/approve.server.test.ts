import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { improvementReportKey, improvementTableKey } from '../../../activities/improve/round-names.js';
import { approve } from '../../../workers/commands/approve.js';
import { EXIT } from '../../../workers/exit-codes.js';
import { createMemoryStore } from '../../fakes/memory-store.js';
import { startFakeLoop, type FakeLoop } from '../../workflows/improve/fake-loop.js';

type Handle = Awaited<ReturnType<FakeLoop['start']>>;

describe('cotmill approve', () => {
  let loop: FakeLoop;
  beforeAll(async () => {
    loop = await startFakeLoop();
  });
  afterAll(() => loop.stop());

  const runOf = ({ workflowId }: Handle): string => workflowId.replace('/improvement', '');
  const waiting = (handle: Handle) =>
    expect
      .poll(async () => (await handle.describe()).searchAttributes['CotPhase']?.[0], { timeout: 20_000 })
      .toBe('waiting for approval');

  it('goes on with the next round, or ends, and shows the rounds that it was said about', async () => {
    const store = createMemoryStore();
    const handle = await loop.start({ scores: [0.5, 0.6, 0.7], rules: { approval: true } });
    const at = { client: loop.client, store };
    const run = runOf(handle);
    await waiting(handle);
    await store.put(improvementTableKey(run), Buffer.from('| round | explored |\n'));
    await store.put(improvementReportKey(run), Buffer.from('<p>rounds</p>'));
    expect(await approve(at, { run, next: 'continue' })).toBe(
      `| round | explored |\n\nreport: runs/${run}/improvement/report.html (cotmill report ${run}/improvement)\n\nrun ${run}: round 2 begins`,
    );
    await expect.poll(() => loop.tables.length, { timeout: 20_000 }).toBe(2);
    await waiting(handle);
    expect(await approve(at, { run, next: 'end' })).toContain(`run ${run}: it ends after round 2`);
    expect((await handle.result()).stop.reason).toBe('ended-by-hand');
  });

  it('is refused, as bad input, by a loop that does not wait, and by a run that has none', async () => {
    const handle = await loop.start({ scores: [0.5], rules: { maxRounds: 1 } });
    await handle.result();
    const at = { client: loop.client, store: createMemoryStore() };
    for (const run of [runOf(handle), 'nobody'])
      await expect(approve(at, { run, next: 'continue' })).rejects.toMatchObject({
        exitCode: EXIT.badInput,
        message: `No self-improvement of a run "${run}" is at work.`,
      });
  });

  it('says why a loop at work refuses', async () => {
    const handle = await loop.start({ scores: [0.5, 0.6], rules: { approval: true } });
    await waiting(handle);
    const wrong = approve(
      { client: loop.client, store: createMemoryStore() },
      { run: runOf(handle), next: 'maybe' as 'end' },
    );
    await expect(wrong).rejects.toThrow(/approve was refused: approveRound: expected \{"next": "continue"\}/);
    await handle.terminate();
  });
});
