// F-229 in small (`npm run replay-identity` does it in large): schedules of words and of a hostile
// machine are repeated event by event, and another process gets the same digest.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { identity } from '#test/replay-identity/identity.ts';
import { rounds } from '../support/rounds.ts';
import type { Identity, ScenarioName } from '#test/replay-identity/identity.ts';

const command = fileURLToPath(import.meta.resolve('#test/replay-identity/run.ts'));
const schedules = rounds(8);

test(`F-229: ${schedules} schedules are repeated event by event, in this process and in ` +
  'another', async () => {
  const names: readonly ScenarioName[] = ['words', 'hostile'];
  const args = [command, '--schedules', String(schedules), '--only', names.join(), '--json'];
  const there = promisify(execFile)(process.execPath, args);
  const here: Identity[] = [];
  for (const name of names) here.push(await identity(name, schedules));
  for (const one of here) {
    expect(one.different, one.scenario).toBeUndefined();
    expect(one.identical, one.scenario).toBe(schedules);
    expect(one.events).toBeGreaterThan(20 * schedules);
  }
  const told = JSON.parse((await there).stdout) as { digest: string; scenarios: Identity[] };
  expect(told.scenarios).toEqual(here);
  expect(told.digest).toBe(here.map((one) => one.digest).join(''));
}, 120_000);
