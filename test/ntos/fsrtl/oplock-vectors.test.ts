// The oplock package against vectors: our own, and those that lie beside the repository, which
// restate what Windows was seen or said to do (skipped where they are absent).
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseVectors } from '#src/lab/oplock-vectors/vector.ts';
import { runVectors } from '#src/lab/oplock-vectors/session.ts';
import type { Vector } from '#src/lab/oplock-vectors/vector.ts';
import type { VectorReport } from '#src/lab/oplock-vectors/session.ts';

const shared = new URL('../../../../shared/reference/oplock-vectors.json', import.meta.url);
const own = new URL('oplock-vectors.json', import.meta.url);

function read(url: URL): readonly Vector[] {
  return parseVectors(readFileSync(url, 'utf8'));
}

describe('our own vectors', () => {
  test('pass', async () => {
    const report = await runVectors(read(own));
    expect(report.results.filter((r) => r.verdict === 'failed')).toEqual([]);
    expect(report.passed).toBeGreaterThan(15);
    expect([report.disputed, report.skipped]).toEqual([1, 1]);
  });
});

const vectors = existsSync(shared) ? read(shared) : [];
const kinds = [...new Set(vectors.map((v) => v.kind))];

describe.skipIf(vectors.length === 0)('the vectors beside the repository', () => {
  let report: VectorReport;
  beforeAll(async () => {
    report = await runVectors(vectors);
  });

  test.each(kinds)('%s: an oplock does what Windows does', (kind) => {
    const failed = report.results.filter((r) => r.kind === kind && r.verdict === 'failed');
    expect(failed).toEqual([]);
  });

  test('none is skipped, and all are accounted for', () => {
    const { passed, disputed, skipped } = report;
    expect([passed + disputed, skipped]).toEqual([vectors.length, 0]);
  });

  test('where sources disagree, we follow the WDK and MS-FSA', () => {
    const other = report.results.filter((r) => r.verdict === 'disputed' && r.problems.length > 0);
    // Security changes break nothing: only MS-FSA says that they do. Levels are taken away at once,
    // and not one by one as the SMB server shows it.
    expect(other.map((r) => r.id).toSorted())
      .toEqual(['api-setsecurity-rh', 'api-setsecurity-rwh', 'lease-breaking3']);
  });
});
