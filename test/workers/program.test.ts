import { ServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../activities/store/object-store.js';
import { ConfigError } from '../../config/config-error.js';
import { TemporalUnreachable } from '../../workers/connection.js';
import { CommandError, EXIT, errorText, exitCodeOf } from '../../workers/exit-codes.js';
import { program } from '../../workers/program.js';

/** The program, with what it writes collected. */
function quiet(): { readonly cli: Command; readonly written: string[] } {
  const written: string[] = [];
  const cli = program();
  const output = { writeOut: (text: string) => written.push(text), writeErr: (text: string) => written.push(text) };
  for (const command of [cli, ...cli.commands]) command.configureOutput(output);
  return { cli, written };
}

async function codeOf(...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  const { cli, written } = quiet();
  const error: unknown = await cli.parseAsync([...args], { from: 'user' }).catch((caught: unknown) => caught);
  return { code: exitCodeOf(error), text: written.join('') };
}

describe('arguments', () => {
  it.each([
    ['an unknown command', ['bild'], /unknown command 'bild'/],
    ['a missing argument', ['run'], /missing required argument 'recipe'/],
    ['an unknown option', ['status', 'r', '--jason'], /Did you mean --json/],
    ['too many arguments', ['watch', 'a', 'b'], /too many arguments/],
    ['a concurrency that is no number', ['concurrency', 'r', 'many'], /whole number, 1 to 10,000/],
    ['a concurrency out of range', ['concurrency', 'r', '10001'], /whole number, 1 to 10,000/],
    ['an unknown outcome', ['inspect', 'r', '--outcome', 'good'], /accepted, rejected, failed, open/],
    ['a limit that is no count', ['quickstart', '--limit', '0'], /whole number/],
    ['an endpoint without a model', ['quickstart', '--endpoint', 'http://m/v1'], /belong together/],
  ])('%s is bad input', async (_what, args, message) => {
    const { code, text } = await codeOf(...args);
    expect(code).toBe(EXIT.badInput);
    expect(text).toMatch(message);
  });

  it.each([[['--help']], [['--version']], [['run', '--help']]])('%s is no fault', async (args) => {
    const { code, text } = await codeOf(...args);
    expect(code).toBe(EXIT.ok);
    expect(text).not.toBe('');
  });

  it('documents every command', () => {
    const undocumented = program().commands.filter((command) => command.description() === '');
    expect(undocumented).toEqual([]);
  });
});

describe('errors that reach the top', () => {
  it.each([
    [new CommandError('no', EXIT.cancelled), EXIT.cancelled],
    [new ConfigError('recipe.yaml', [{ path: 'name', message: 'expected text' }]), EXIT.badInput],
    [new StoreError('denied', 'wrong keys'), EXIT.unreachable],
    [new TemporalUnreachable('not there'), EXIT.unreachable],
    [new ServiceError('Failed to start', { cause: new Error('14 UNAVAILABLE') }), EXIT.unreachable],
    [new NamespaceNotFoundError('nowhere'), EXIT.unreachable],
  ])('%s has its code and a message without a stack', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
    expect(errorText(error)).not.toContain('    at ');
  });

  it('shows the stack of what nobody expected', () => {
    const error = new TypeError('x is not a function');
    expect(exitCodeOf(error)).toBe(EXIT.runFailed);
    expect(errorText(error)).toContain('    at ');
  });
});
