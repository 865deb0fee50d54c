// Mistakes of the user end with code 2 and one sentence that says what is allowed, on standard
// error, without a stack trace.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fltlabHere } from '#test/cli/here.ts';
import { fixture, fltlab, kernelUrl } from '#test/cli/run-cli.ts';

const run = ['run', '--preset', 'read'];

async function expectUsage(args: readonly string[], says: RegExp): Promise<void> {
  const { code, out, err } = await fltlabHere(...args);
  expect(err).toMatch(says);
  expect(err).not.toMatch(/^\s+at .*(node:internal|src\/(cli|image))/m);
  expect(out).toBe('');
  expect(code).toBe(2);
}

describe('an option out of range', () => {
  test.each([
    [['--requestors', '0'], /--requestors.*'0'.*whole number from 1 to 24/s],
    [['--requestors', 'many'], /--requestors.*'many'.*whole number from 1 to 24/s],
    [['--system-workers', '99'], /--system-workers.*whole number from 1 to 16/s],
    [['--storage-threads', '0'], /--storage-threads.*whole number from 1 to 8/s],
    [['--completion', 'never'], /--completion.*inline, other-thread, dispatch, delayed, hostile/s],
    [['--file-system', 'ntfs'], /--file-system.*ramfs, null-fs/s],
    [['--duration', '0'], /--duration.*seconds from 0\.1 to 86400/s],
    [['--operations', '1.5'], /--operations.*whole number from 1 to/s],
    [['--seed', '-1'], /--seed.*whole number from 0 to 4294967295/s],
    [['--memory', '16M'], /--memory.*64M to 2047M/s],
    [['--memory', '4G'], /--memory.*64M to 2047M/s],
    [['--memory', 'lots'], /--memory.*64M to 2047M/s],
    [['--attach-storm', '0'], /--attach-storm.*whole number from 1 to 60000/s],
    [['--verifier', 'sometimes'], /--verifier.*'sometimes'.*on or off/s],
    [['--watchdog', '0'], /--watchdog.*seconds from 0\.5 to 3600/s],
    [['--requestors', '24', '--system-workers', '16'], /are more than the 31 there can be/],
  ])('%j', async (args, says) => expectUsage([...run, ...args], says));
});

describe('options that do not go together', () => {
  test.each([
    [['run'], /either --trace FILE or --preset NAME/],
    [['run', '--trace', 'a.csv', '--preset', 'read'], /either --trace FILE or --preset NAME/],
    [['run', '--trace', 'a.csv', '--order', 'sideways'], /recorded, per-thread, asap/],
    [['run', '--trace', 'a.csv', '--duration', '5'], /only --order asap can/],
    [['run', '--trace', 'a.csv', '--operations', '5'], /--operations is for --preset/],
    [['run', '--trace', 'a.csv', '--file-system', 'null-fs'], /needs --file-system ramfs/],
    [[...run, '--order', 'asap'], /--order is for --trace/],
    [[...run, '--attach-storm', '50'], /at least one --filter/],
    [['walk'], /unknown command 'walk'/],
    [[...run, '--frobnicate'], /unknown option '--frobnicate'/],
  ])('%j', async (args, says) => expectUsage(args, says));
});

describe('files about findings', () => {
  const inFile = async (option: string, text: string, says: RegExp): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'fltlab-'));
    const file = join(folder, 'given');
    await writeFile(file, text);
    try {
      await expectUsage([...run, option, file], says);
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  test('an unknown rule in a file of suppressions is named with its line', async () =>
    inFile('--suppress', '# mine\nignore lock-odor scanner\n',
      /--suppress .*line 2: there is no rule 'lock-odor'; perhaps one of lock-order/));

  test('a baseline of another version, or no baseline', async () => {
    await inFile('--baseline', '{"fltlabBaseline":2,"findings":[]}',
      /--baseline .*version 2; this fltlab writes and reads version 1/);
    await inFile('--baseline', 'what?', /--baseline .*it is not JSON/);
  });

  test('files that are not there', async () => {
    await expectUsage([...run, '--suppress', 'no-such-file'], /--suppress no-such-file: it cannot be/);
    await expectUsage([...run, '--baseline', 'no-such-file'], /--baseline no-such-file: it cannot be/);
  });

  test('options that need another', async () => {
    await expectUsage([...run, '--fail-on', 'new'], /--fail-on new needs --baseline FILE/);
    await expectUsage([...run, '--fail-on', 'some'], /any, new, error, never/);
    await expectUsage([...run, '--verifier', 'off', '--suppress', 'x'], /--verifier is off/);
  });
});

describe('a preset or a trace that does not exist', () => {
  test('lists the presets', async () =>
    expectUsage(['run', '--preset', 'nonsense'], /nonsense.*win10-desktop/s));

  test('names the file', async () =>
    expectUsage(['run', '--trace', 'no-such-file.csv'], /no-such-file\.csv.*Check the path/s));
});

describe('a filter that cannot be one', () => {
  test.each([
    ['scaner', /no built-in filter has that name; built in are .*null-filter/],
    ['./no-such-filter.js', /there is no file .*no-such-filter\.js/],
    [fixture('no-entry'), /exports no function DriverEntry/],
    [fixture('no-altitude'), /exports no altitude; give one/],
    [fixture('never-loads'), /did not finish loading/],
    [fixture('throws-at-load'), /cannot be loaded: Error: the fixture threw while it was loaded/],
    ['null-filter@high', /"high" is no altitude/],
  ])('%s', async (filter, says) => {
    await expectUsage([...run, '--filter', filter], says);
  });

  test('two at one altitude', async () =>
    expectUsage([...run, '--filter', 'null-filter@5', '--filter', 'pass-through@5.0'],
      /both have altitude 5\.0/));

  test('one that is given twice', async () =>
    expectUsage([...run, '--filter', 'null-filter', '--filter', 'null-filter@5'],
      /null-filter is given twice/));

  test('one that needs a routine the emulator does not have ends with code 4', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fltlab-'));
    const file = join(folder, 'wishful.mjs');
    await writeFile(file, `import { FltNoSuchRoutine } from '${kernelUrl}';\n` +
      'export const DriverEntry = () => FltNoSuchRoutine();\n');
    const { code, err } = await fltlab([...run, '--filter', file]);
    await rm(folder, { recursive: true });
    expect(err).toMatch(/FltNoSuchRoutine is not among what fltKernel exports/);
    expect(code).toBe(4);
  });
});

describe('the process', () => {
  test('ends with the code of the mistake', async () => {
    const { code, out, err } = await fltlab([...run, '--requestors', '0']);
    expect(err).toMatch(/--requestors.*whole number from 1 to 24/s);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  test('prints help when it is asked to', async () => {
    const { code, out } = await fltlab(['run', '--help']);
    expect(out).toContain('--attach-storm');
    expect(code).toBe(0);
  });

  test('the version is that of the package', async () => {
    expect((await fltlab(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
