// `fltlab bench` and mistakes: what cannot be measured is said at once, before a machine boots.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { main } from '#src/cli/program.ts';

let folder = '';
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'fltlab-')); });
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

async function errorOf(args: readonly string[], code = 2): Promise<string> {
  let text = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((more) => {
    text += String(more);
    return true;
  });
  expect(await main(['bench', ...args])).toBe(code);
  return text;
}

test('a filter that does not exist, a percentage that is none, no filter at all', async () => {
  expect(await errorOf(['nosuch'])).toContain('no built-in filter has that name');
  expect(await errorOf(['scanner', '--max-regress', 'much'])).toContain('such as 5%');
  expect(await errorOf([])).toContain('filter');
});

test('a filter that fails to load is told by name, with its status, and nothing is ' +
  'measured', async () => {
  const filter = fileURLToPath(new URL('../../dist/test/cli/fixtures/fails-in-entry.js',
    import.meta.url));
  const text = await errorOf([`${filter}@385000`, '--rounds', '1', '--duration', '0.005',
    '--requestors', '1'], 1);
  expect(text).toMatch(/filter fails-in-entry: DriverEntry failed.*STATUS_/);
  expect(text).toContain('Nothing was measured');
});

test('a base that is missing, or is no report', async () => {
  const file = join(folder, 'base.json');
  expect(await errorOf(['scanner', '--against', file])).toContain('ENOENT');
  writeFileSync(file, '{"stacks":[],"format":2}');
  expect(await errorOf(['scanner', '--against', file])).toContain('reads format 1');
});
