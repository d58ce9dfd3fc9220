#!/usr/bin/env node
import { errorText, exitCodeOf } from './exit-codes.js';
import { program } from './program.js';

// Node 20 is supported by pinned versions; the SDK's warning about later ones is noise to a user.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const cli = program();
try {
  if (process.argv.length <= 2) cli.outputHelp();
  else await cli.parseAsync();
} catch (error) {
  const text = errorText(error);
  if (text !== undefined) console.error(text);
  process.exitCode = exitCodeOf(error);
}
