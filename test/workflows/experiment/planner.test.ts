import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExperimentPlan, ExperimentTask } from '../../../activities/experiment/experiment-plan.js';
import { startable, unreachable, type TaskState } from '../../../workflows/experiment/planner.js';

const task = (id: string, needs: readonly string[], lane: string): ExperimentTask => ({
  kind: 'student',
  id,
  needs,
  lane,
  name: id,
  index: 0,
  training: { name: 't', version: 'v1' },
  base: null,
});

/** Tasks whose needs stand above them, on lanes with one to three places. */
const plans: fc.Arbitrary<ExperimentPlan> = fc
  .array(fc.record({ lane: fc.constantFrom('a', 'b', 'c'), needs: fc.array(fc.nat(20), { maxLength: 3 }) }), {
    maxLength: 14,
  })
  .chain((drafts) =>
    fc.record({
      tasks: fc.constant(
        drafts.map(({ lane, needs }, index) =>
          task(`t${index}`, [...new Set(needs.filter((need) => need < index).map((need) => `t${need}`))], lane),
        ),
      ),
      lanes: fc.record({ a: fc.constant(1), b: fc.integer({ min: 1, max: 3 }), c: fc.integer({ min: 1, max: 3 }) }),
      pairs: fc.constant([]),
    }),
  );

const fates = fc.infiniteStream(fc.record({ pick: fc.nat(100), fails: fc.integer({ min: 0, max: 9 }) }));

/** Plays a plan: starts what may start, ends one task at work after another. Calls `look` after every start. */
function play(
  plan: ExperimentPlan,
  random: Iterator<{ readonly pick: number; readonly fails: number }>,
  look: (states: ReadonlyMap<string, TaskState>, started: readonly ExperimentTask[]) => void,
): Map<string, TaskState> {
  const states = new Map<string, TaskState>();
  for (;;) {
    for (let lost = unreachable(plan, states); lost.length > 0; lost = unreachable(plan, states))
      for (const { id } of lost) states.set(id, 'skipped');
    const started = startable(plan, states);
    look(states, started);
    for (const { id } of started) states.set(id, 'running');
    const running = [...states].filter(([, state]) => state === 'running').map(([id]) => id);
    if (running.length === 0) return states;
    const { pick, fails } = random.next().value as { readonly pick: number; readonly fails: number };
    states.set(running[pick % running.length] ?? '', fails === 0 ? 'failed' : 'done');
  }
}

describe('the planner of experiments', () => {
  it('does every task once, after what it needs, with no lane ever full beyond its places', () => {
    fc.assert(
      fc.property(plans, fates, (plan, stream) => {
        const seen = new Set<string>();
        const end = play(plan, stream[Symbol.iterator](), (states, started) => {
          for (const { id, needs } of started) {
            expect(seen.has(id)).toBe(false);
            seen.add(id);
            expect(needs.map((need) => states.get(need))).toEqual(needs.map(() => 'done'));
          }
          for (const [lane, places] of Object.entries(plan.lanes)) {
            const taken = plan.tasks.filter(
              (one) => one.lane === lane && (states.get(one.id) === 'running' || started.includes(one)),
            );
            expect(taken.length).toBeLessThanOrEqual(places);
          }
        });
        // Every task has an end, and is skipped exactly when something that it needs has none.
        for (const { id, needs } of plan.tasks) {
          const lacks = needs.some((need) => end.get(need) !== 'done');
          expect(end.get(id) === 'skipped').toBe(lacks);
          expect(['done', 'failed', 'skipped']).toContain(end.get(id));
        }
      }),
    );
  });

  it('leaves no place empty that a ready task could take', () => {
    fc.assert(
      fc.property(plans, fates, (plan, stream) => {
        play(plan, stream[Symbol.iterator](), (states, started) => {
          const waiting = plan.tasks.filter(
            (one) =>
              !states.has(one.id) && !started.includes(one) && one.needs.every((need) => states.get(need) === 'done'),
          );
          for (const { lane } of waiting) {
            const taken = plan.tasks.filter(
              (one) => one.lane === lane && (states.get(one.id) === 'running' || started.includes(one)),
            );
            expect(taken.length).toBe(plan.lanes[lane]);
          }
        });
      }),
    );
  });

  it('starts in the order of the plan: students stand before evaluations', () => {
    const plan = {
      tasks: [task('a', [], 'x'), task('b', [], 'x'), task('c', [], 'y')],
      lanes: { x: 1, y: 1 },
      pairs: [],
    };
    expect(startable(plan, new Map()).map(({ id }) => id)).toEqual(['a', 'c']);
  });
});
