import { expect, it } from 'vitest';
import { jobName } from '../../../activities/jobs/job-name.js';

// Jobs are found again by these names: a change starts what runs or is done a second time.
it.each([
  ['train', 'my.student_v2', 'train-my-student-v2-0123456789ab'],
  ['check', 'a'.repeat(60), `check-${'a'.repeat(38)}-0123456789ab`],
  ['serve', '--Eval: Student--', 'serve-eval-student-0123456789ab'],
  ['serve', `${'a'.repeat(37)}.b`, `serve-${'a'.repeat(37)}-0123456789ab`],
  ['serve', '***', 'serve-0123456789ab'],
])('%s of "%s" has the name %s', (kind, about, name) => {
  expect(jobName({ kind, about, sha256: '0123456789abcdef', characters: 38 })).toBe(name);
});
