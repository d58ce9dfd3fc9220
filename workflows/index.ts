// Every function exported here becomes a workflow type. Export nothing else.
export { buildDataset } from './dataset/build-dataset.js';
export { buildPartition } from './dataset/build-partition.js';
export { buildShard } from './dataset/build-shard.js';
export { distill } from './distill.js';
export { evaluateModel } from './evaluation/evaluate-model.js';
export { experiment } from './experiment/experiment.js';
export { improveRound } from './improve/improve-round.js';
export { selfImprove } from './improve/self-improve.js';
export { distillQuestion } from './question/distill-question.js';
export { selectTrainingSet } from './selection/select-training-set.js';
export { trainStudent } from './training/train-student.js';
