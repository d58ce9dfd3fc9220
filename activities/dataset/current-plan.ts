import { readJson, writeJson } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';

/** A plan without an execution: what people look at. */
export interface CurrentPlan {
  readonly run: string;
  readonly planId: string;
}

const currentPlanKey = (run: string): string => `runs/${run}/current.json`;

/** Remembers which plan a run works on: a pointer for people's commands; the workflow itself carries the plan's id. */
export async function writeCurrentPlan(store: ObjectStore, plan: CurrentPlan): Promise<void> {
  await writeJson(store, currentPlanKey(plan.run), plan);
}

/** The plan that a run works or worked on, or undefined when it never had one. */
export async function readCurrentPlan(store: ObjectStore, run: string): Promise<CurrentPlan | undefined> {
  return readJson(store, currentPlanKey(run));
}
