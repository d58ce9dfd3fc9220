import { describe, expect, it } from 'vitest';
import { reportText } from '../../workers/question-report.js';
import { FULL_POLICY, goodReply, playQuestion, questionRowOf, type Reply } from '../fakes/histories.js';

describe('the report of a question', () => {
  it('says which solutions came from a second call, by whom, and lists both calls', () => {
    const policy = { ...FULL_POLICY, teachers: [{ pool: 't', chains: 2, solver: 'x' }] };
    const thought: Reply = { kind: 'thought', thought: 'It has to be 42.', solution: '' };
    const { row, history } = playQuestion({
      row: questionRowOf('six times seven'),
      policy,
      reply: (ask) => (ask.kind === 'generate' && ask.chain === 0 ? thought : goodReply(ask)),
    });
    const [first, second] = history.state.chains.map(({ revisions }) => revisions[0]);
    const texts = { [first?.key ?? '']: { thought: 'It has to be 42.', solution: 'So 42.' } };
    const text = reportText({ row, history, failure: null, texts, teachers: ['thinker'] });
    expect(text).toContain(
      `teacher ${first?.key.slice(0, 12)}; solution ${first?.solution?.slice(0, 12)} by a second call @ x; answer`,
    );
    expect(text).toContain(`teacher ${second?.key.slice(0, 12)}; answer`);
    expect(text).toMatch(/step 0 {2}generate chain 0 {3}teacher @ t /);
    expect(text).toMatch(/step 1 {2}solution chain 0 {3}solver @ x /);
  });
});
