import { defineSearchAttributeKey } from '@temporalio/common';

/** Search attributes of every workflow of a run; the set-up registers them. */
export const COT_RUN = defineSearchAttributeKey('CotRun', 'KEYWORD');
export const COT_DATASET = defineSearchAttributeKey('CotDataset', 'KEYWORD');
export const COT_PHASE = defineSearchAttributeKey('CotPhase', 'KEYWORD');
export const COT_OUTCOME = defineSearchAttributeKey('CotOutcome', 'KEYWORD');

export const SEARCH_ATTRIBUTES = [COT_RUN, COT_DATASET, COT_PHASE, COT_OUTCOME] as const;
