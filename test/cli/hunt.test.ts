// `fltlab hunt` and `fltlab replay` as a user meets them: what is found comes with a token, a
// command and a file, each of which repeats it; mistakes are told in one sentence.
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { POINT_READ } from '#src/atomics-sync/schedule/point.ts';
import { fltlabHere } from '#test/cli/here.ts';

const words = fileURLToPath(import.meta.resolve('#test/atomics-sync/schedule/racy-words.ts'));
let folder: string;
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'fltlab-')); });
afterAll(async () => rm(folder, { recursive: true }));

const hunt = ['hunt', '--scenario', words, '--duration', '5'];

describe('fltlab hunt', () => {
  test('prints what it found, how small it is, and the command that repeats it', async () => {
    const { code, out } = await fltlabHere(...hunt);
    expect(code).toBe(1);
    expect(out).toMatch(/^lost-update: 1 finding; /m);
    expect(out).toMatch(/^updated: complete: 2 classes, no failure; /m);
    expect(out).toContain('1 preemption, 6 events; no failure with fewer preemptions');
    expect(out).toMatch(/ {3}thread 0 +thread 1/);
    const [, token = ''] = /token: {2}(\S+)/.exec(out) ?? [];
    expect(token.length).toBeLessThan(100);
    const again = await fltlabHere('replay', token, '--scenario', words);
    expect(again.code).toBe(1);
    expect(again.out).toContain('an update was lost: x is 1');
    expect(again.out).toContain('the same 6 events');
  });

  test('keeps failing schedules as files, which know how to repeat themselves', async () => {
    await fltlabHere(...hunt, '--save', folder);
    const [name = ''] = (await readdir(folder)).filter((file) => file.endsWith('.schedule'));
    const path = join(folder, name);
    expect(await fltlabHere('replay', path)).toMatchObject({ code: 1 });
    const changed = JSON.parse(await readFile(path, 'utf8')) as { events: number[][] };
    // The second look at the word.
    const at = changed.events.findLastIndex(([, kind]) => kind === POINT_READ);
    const [who] = changed.events[at]!;
    changed.events[at]![4] = 77;
    await writeFile(join(folder, 'changed'), JSON.stringify(changed));
    const { out } = await fltlabHere('replay', join(folder, 'changed'));
    expect(out).toContain(
      `leaves the recorded schedule at step ${at}: recorded was thread ${who}: x is 77, now`);
  });

  test('writes JSON, JUnit and SARIF', async () => {
    const [junit, sarif] = [join(folder, 'junit.xml'), join(folder, 'sarif.json')];
    const { out } = await fltlabHere(...hunt, '--json', '--junit', junit, '--sarif', sarif);
    const { hunts } = JSON.parse(out) as { hunts: { scenario: string; findings: unknown[] }[] };
    expect(hunts.map((h) => [h.scenario, h.findings.length])).toEqual(
      [['lost-update', 1], ['updated', 0]]);
    expect(await readFile(junit, 'utf8')).toContain('tests="2" failures="1"');
    const { version, runs } = JSON.parse(await readFile(sarif, 'utf8')) as
      { version: string; runs: { results: { codeFlows: { threadFlows: unknown[] }[] }[] }[] };
    expect(version).toBe('2.1.0');
    expect(runs[0]!.results[0]!.codeFlows[0]!.threadFlows).toHaveLength(2);
  });
});

test('the examples find what they say, and nothing where nothing is wrong', async () => {
  const example = (name: string): string =>
    fileURLToPath(new URL(`../../examples/hunting/${name}`, import.meta.url));
  const overWords = await fltlabHere('hunt', '--scenario', example('words.js'), '--duration', '5');
  expect(overWords.out).toMatch(/^closed-twice: 1 finding; /m);
  expect(overWords.out).toMatch(/^closed-once: complete: \d+ classes, no failure; /m);
  const onMachine = await fltlabHere('hunt', 'pass-through', '--scenario', example('append.js'),
    '--schedules', '5', '--duration', '60');
  expect(onMachine.out).toMatch(/^append-while-detached: no failure; 5 schedules /m);
  expect(onMachine.code).toBe(0);
});

describe('a mistake', () => {
  test.each([
    [['hunt', '--scenario', 'luck'], /no scenario is called luck; there are two-opens, /],
    [['hunt', '--scenario', './none.js'], /none\.js cannot be loaded/],
    [[...hunt, '--strategy', 'luck'], /no strategy is called luck; there are round-robin, /],
    [[...hunt, '--schedules', '0'], /whole number from 1/],
    [[...hunt, '--duration', '0'], /--duration/],
    [[...hunt, '--strategy', 'pct:x'], /pct: x is not a whole number/],
    [['hunt', 'no-such-filter'], /no built-in filter has that name/],
    [['replay', 'hello'], /hello is no schedule/],
    [['replay', 'fl9.1.x.AA'], /format 9, this fltlab reads format 1/],
    [['replay', 'fl1.1.x.AAAA'], /damaged/],
  ])('%j is told', async (args, says) => {
    const { code, err } = await fltlabHere(...(args as string[]));
    expect(err).toMatch(says as RegExp);
    expect(code).toBe(2);
  });

  test('a schedule of other threads no longer fits', async () => {
    const { encodeSchedule } = await import('#src/atomics-sync/schedule/trace-code.ts');
    const token = encodeSchedule({ build: 'old', scenario: 'updated', threads: 3, anyTime: false,
      steps: 4, digest: 1, decisions: [] });
    const { code, err } = await fltlabHere('replay', token, '--scenario', words);
    expect(err).toMatch(/of 3 threads, updated has 2 now/);
    expect(code).toBe(2);
  });

  test('a schedule whose thread cannot go on is left at that step', async () => {
    const { encodeSchedule } = await import('#src/atomics-sync/schedule/trace-code.ts');
    const token = encodeSchedule({ build: 'old', scenario: 'updated', threads: 2, anyTime: false,
      steps: 4, digest: 1, decisions: [1, 7] });
    const { code, out } = await fltlabHere('replay', token, '--scenario', words);
    expect(out).toMatch(/leaves the recorded schedule at step 1: recorded was another thread/);
    expect(code).toBe(2);
  });

  test('a schedule of other steps is said to differ', async () => {
    const { encodeSchedule } = await import('#src/atomics-sync/schedule/trace-code.ts');
    const token = encodeSchedule({ build: 'old', scenario: 'updated', threads: 2, anyTime: false,
      steps: 9, digest: 1, decisions: [] });
    const { code, out, err } = await fltlabHere('replay', token, '--scenario', words);
    expect(err).toContain('the schedule is of build old');
    expect(out).toContain('it has 4 events, 9 were recorded');
    expect(code).toBe(2);
  });
});
