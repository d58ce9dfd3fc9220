/** What a vitest JSON report says, in the numbers and names that the test command prints. Pure. */

/** Lines of a failure's message that are printed again at the end. */
const MESSAGE_LINES = 6;

/**
 * @returns `{ passed, failed, skipped, failures }`: counts, names of tests not run, and a text for each test that failed and each file that failed
 * outside of its tests
 */
export function summarize(report) {
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const broken = report.testResults
    .filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
    )
    .map(({ name, message }) => failureText(name, message));
  const failures = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => failureText(`${name} > ${fullName}`, failureMessages?.[0])),
  );
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: failures.length + broken.length,
    skipped: tests.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ fullName }) => fullName),
    failures: [...failures, ...broken],
  };
}

const failureText = (name, message = '') =>
  [name, ...message.split('\n').slice(0, MESSAGE_LINES)].join('\n  ').trimEnd();

/**
 * The verdict over one or more reports and the exit codes of the runs that wrote them.
 * Something must have run, nothing may have failed, and in CI nothing may be skipped without a reason in `allowedSkips`
 * (`[{ test, reason }]`, by full name).
 * @returns `{ passed, failed, complaints, notes }`: each complaint counts as a failure; notes name what was skipped and what failed
 */
export function verdict(runs, { isCi, allowedSkips }) {
  const summaries = runs.map(({ report }) => report && summarize(report));
  const sum = (key) => summaries.reduce((total, summary) => total + (summary?.[key] ?? 0), 0);
  const complaints = runs.flatMap(({ name, exitCode }, index) =>
    runComplaints({ name, exitCode, summary: summaries[index] }),
  );
  const skipped = summaries.flatMap((summary) => summary?.skipped ?? []);
  const reasons = new Map(allowedSkips.map(({ test, reason }) => [test, reason]));
  const unexplained = isCi ? skipped.filter((name) => !reasons.has(name)) : [];
  complaints.push(...unexplained.map((name) => `skipped in CI without a reason: ${name}`));
  const notes = [
    ...skipped.map((name) => `skipped: ${name} (${reasons.get(name) ?? 'no reason given'})`),
    ...summaries.flatMap((summary) => summary?.failures ?? []).map((text) => `failed: ${text}`),
  ];
  return { passed: sum('passed'), failed: sum('failed') + complaints.length, complaints, notes };
}

function runComplaints({ name, exitCode, summary }) {
  if (!summary) return [`${name}: vitest ended with exit code ${exitCode} and without a report`];
  if (summary.passed + summary.failed === 0) return [`${name}: no test ran`];
  // Unhandled errors between tests fail a run without failing a test.
  return exitCode !== 0 && summary.failed === 0
    ? [`${name}: vitest ended with exit code ${exitCode} although no test failed`]
    : [];
}
