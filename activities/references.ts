/** Names a plan of a run and the execution that works on it. Everything else is found in the store from here. */
export interface PlanRef {
  readonly run: string;
  /** 16 hex digits, from recipe and questions. */
  readonly planId: string;
  /** Run id of the root workflow: tells what this execution paid from what it found. */
  readonly execution: string;
}

export interface ShardRef {
  readonly plan: PlanRef;
  readonly shard: number;
}
