// `fltlab oplock-vectors FILE`: the summary line, the exit codes, and every kind of bad file in a
// sentence that says what is wrong and where.
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fltlabHere } from '#test/cli/here.ts';
import { VectorError, parseVectors } from '#src/lab/oplock-vectors/vector.ts';
import { runVectors } from '#src/lab/oplock-vectors/session.ts';

const own = fileURLToPath(new URL('../ntos/fsrtl/oplock-vectors.json', import.meta.url));
const shared =
  fileURLToPath(new URL('../../../shared/reference/oplock-vectors.json', import.meta.url));

const sole = { id: 'sole', kind: 'grant', layer: 'spec', setup: [
  { n: 1, op: 'open', h: 'A', access: ['READ_DATA'], share: 'RWD', disp: 'OPEN' },
  { n: 2, op: 'request', h: 'A', type: 'R' }],
expect: [{ n: 2, ev: 'granted', req: 2, level: 'R' }] };

function fileOf(...vectors: object[]): string {
  return JSON.stringify({ version: 1, vectors });
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fltlab-vectors-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('fltlab oplock-vectors', () => {
  test('ends with the summary, and 0 when no vector failed', async () => {
    const { code, out, err } = await fltlabHere('oplock-vectors', own);
    expect(out).toMatch(/\npassed 24, failed 0, disputed 1, skipped 1\n$/);
    expect(out).toMatch(/security-takes-the-handle[^]*missing: .*"break"/);
    expect(out).toMatch(/over-the-wire[^]*needs smb/);
    expect([code, err]).toEqual([0, '']);
  });

  test('says what a failing vector saw, and ends with 1', async () => {
    const wrong = { ...sole, id: 'wrong', expect: [{ n: 2, ev: 'granted', req: 2, level: 'RH' }] };
    const path = await written('wrong.json', fileOf(sole, wrong));
    const { code, out } = await fltlabHere('oplock-vectors', path);
    expect(out).toMatch(/Failed:\n {2}wrong \(grant, spec\):\n {4}missing: .*\n {4}unexpected: /);
    expect(out).toMatch(/\npassed 1, failed 1, disputed 0, skipped 0\n$/);
    expect(code).toBe(1);
  });

  test('--json is one document with every result', async () => {
    const path = await written('sole.json', fileOf(sole));
    const { code, out } = await fltlabHere('oplock-vectors', path, '--json');
    expect(JSON.parse(out)).toMatchObject({ exitCode: 0, passed: 1, failed: 0, disputed: 0,
      skipped: 0, results: [{ id: 'sole', verdict: 'passed', problems: [] }] });
    expect(code).toBe(0);
  });

  test('a file that is not there, or is none, ends with 2', async () => {
    const absent = await fltlabHere('oplock-vectors', join(folder, 'absent.json'));
    expect(absent.err).toMatch(/^error: .*absent\.json cannot be read.*Check the path/);
    const none = await fltlabHere('oplock-vectors', await written('none.json', '{"version": 1}'));
    expect(none.err).toMatch(/^error: .*none\.json: this is no vector file/);
    const nothing = await fltlabHere('oplock-vectors');
    expect(nothing.err).toMatch(/missing required argument 'file'/);
    expect([absent.code, none.code, nothing.code]).toEqual([2, 2, 2]);
    expect([absent.out, none.out, nothing.out]).toEqual(['', '', '']);
  });

  test.skipIf(!existsSync(shared))('the vectors beside the repository: none fails', async () => {
    const { code, out } = await fltlabHere('oplock-vectors', shared);
    expect(out).toMatch(/\npassed \d+, failed 0, disputed \d+, skipped 0\n$/);
    expect(code).toBe(0);
  });
});

describe('a bad file is refused with what is wrong, and where:', () => {
  const step = (more: object): object => ({ ...sole, setup: [{ ...sole.setup[0], ...more }] });
  test.each<[string, string, RegExp]>([
    ['no JSON', '{', /not JSON/],
    ['a list', '[]', /no list "vectors"/],
    ['another version', '{"version": 2, "vectors": []}', /version 2 of the format; version 1/],
    ['no id', fileOf({ kind: 'grant' }), /vector 1 has no "id"/],
    ['an id twice', fileOf(sole, sole), /vector sole is there twice/],
    ['no kind', fileOf({ ...sole, kind: undefined }), /vector sole: has no "kind"/],
    ['no setup', fileOf({ ...sole, setup: [] }), /sole: has no "setup"/],
    ['no expectation', fileOf({ ...sole, expect: undefined }), /sole, expect: is not a list/],
    ['an operation', fileOf(step({ op: 'grab' })), /sole, step 1: unknown operation "grab"; known/],
    ['a member', fileOf(step({ op: 'request' })), /step 1: request needs "type"/],
    ['a type', fileOf(step({ op: 'request', type: 'RX' })), /type has "RX"; known are L1/],
    ['a number', fileOf(step({ n: 7 })), /step 1 is numbered 7/],
    ['an access', fileOf(step({ access: ['FLY'] })), /access has "FLY"; known are READ_DATA/],
    ['an option', fileOf(step({ opts: ['FAST'] })), /opts has "FAST"/],
    ['a disposition', fileOf(step({ disp: 'SHUT' })), /disp has "SHUT"/],
    ['a flag', fileOf(step({ op: 'check', as: { mj: 'READ' }, flags: ['X'] })), /flags has "X"/],
    ['what it is checked as', fileOf(step({ op: 'check', as: { mj: 'X' } })), /as\.mj has "X"/],
    ['branches', fileOf(step({ op: 'par', branches: [[]] })), /branches is not a list of at least/],
    ['a branch', fileOf(step({ op: 'par', branches: [[{ op: 'x' }], []] })),
      /step 1, branch 1, item 1: unknown operation/],
    ['a file kind', fileOf({ ...sole, files: { D: { kind: 'pipe' } } }), /files\.D\.kind has "pipe"/],
    ['an event', fileOf({ ...sole, expect: [{ n: 1, ev: 'boom' }] }),
      /sole, expect, event 1: unknown event "boom"/],
    ['an event without step', fileOf({ ...sole, expect: [{ ev: 'held', req: 2 }] }), /no step number/],
    ['an event member', fileOf({ ...sole, expect: [{ n: 2, ev: 'granted', req: 2 }] }),
      /granted needs "level"/],
    ['a strange event member',
      fileOf({ ...sole, expect: [{ n: 2, ev: 'held', req: 2, status: 'X' }] }),
      /held has an unknown member "status"/],
    ['alternatives', fileOf({ ...sole, expectAnyOf: [] }), /expectAnyOf is not a list of lists/],
  ])('%s', (_what, text, says) => {
    expect(() => parseVectors(text)).toThrow(VectorError);
    expect(() => parseVectors(text)).toThrow(says);
  });

  test('our own file is good', () => {
    expect(parseVectors(readFileSync(own, 'utf8')).length).toBe(26);
  });
});

test('a vector that does not come back is a failure, and those behind it are run', async () => {
  const stuck = { ...sole, id: 'stuck', setup: [...sole.setup,
    { n: 3, op: 'check', h: 'B', as: { mj: 'READ' }, wait: 'block' }] };
  const vectors = parseVectors(fileOf(stuck, { ...sole, id: 'after' }));
  const report = await runVectors(vectors, { patienceMs: 700 });
  expect(report.results.map((r) => [r.id, r.verdict])).toEqual([['stuck', 'failed'],
    ['after', 'passed']]);
  expect(report.results[0]?.problems[0]).toMatch(/did not come back|does not/);
});
