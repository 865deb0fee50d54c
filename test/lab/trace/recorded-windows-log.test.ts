// The real Windows 10 log: every row accounted for, and its recorded statuses following from the
// inferred state on a model file system. Skipped without ../shared.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { infer, type Inference } from '#src/lab/trace/infer.ts';
import { readTrace, type ReadTrace } from '#src/lab/trace/open-trace.ts';
import { buildProgram, type ReplayProgram } from '#src/lab/trace/program.ts';
import { runOnModel } from './model-file-system.ts';

const LOG = fileURLToPath(
  new URL('../../../../shared/traces/procmon-win10-x64.csv.gz', import.meta.url));

describe.skipIf(!existsSync(LOG))('the shared Windows 10 log (skipped without ../shared)', () => {
  let log: ReadTrace;
  let inference: Inference;
  let program: ReplayProgram;

  beforeAll(async () => {
    log = await readTrace(LOG);
    inference = infer(log.events);
    program = buildProgram(inference);
  });

  it('is read without a problem, row by row', () => {
    expect(log.summary).toMatchObject({ format: 'procmon-csv', rows: 6795, events: 6795,
      problemCount: 0, skipped: {}, unknownOperations: { '<Unknown>': 1 }, unknownResults: {},
      unknownWords: {}, reordered: 0 });
    expect(log.summary.operations).toMatchObject({ ReadFile: 1381, CreateFile: 1076,
      CloseFile: 944, CreateFileMapping: 299 });
    expect(new Set(log.events.map((event) => event.processId)).size).toBe(23);
    expect(new Set(log.events.map((event) => `${event.processId}:${event.threadId}`)).size)
      .toBe(87);
    expect(new Set(log.events.map((event) => event.path)).size).toBe(258);
  });

  it('finds an open for every request that needs one', () => {
    expect(program.omitted.filter((event) => event.reason === 'no-open-file')).toEqual([]);
  });

  it('is explained by its own history', () => {
    expect(inference.contradictions).toEqual([]);
  });

  it('leaves few events unscored, and names each reason', () => {
    expect(program.totals.events).toBe(6795);
    expect(program.totals.scored).toBe(6774);
    expect(program.totals.unscored).toEqual({ 'other-driver': 10, 'never-completed': 2,
      'unknown-operation': 1, 'file-system-metadata': 8 });
  });

  it('takes few parameters from the events\' own results', () => {
    expect(program.totals.fromOwnResult).toBe(268);
    const { perOperation } = program.totals;
    const own = Object.entries(perOperation).filter(([, totals]) => totals.fromOwnResult > 0);
    expect(Object.fromEntries(own.map(([name, totals]) => [name, totals.fromOwnResult]))).toEqual({
      QueryAllInformationFile: 218, QuerySecurityFile: 35, NotifyChangeDirectory: 10,
      QueryEAFile: 3, FileSystemControl: 1, CreateFile: 1 });
  });

  it('gives nearly every recorded status on a file system that keeps NT\'s rules', () => {
    const answers = runOnModel(program);
    const scored = program.threads.flatMap((thread) => thread.steps).filter((step) => step.scored);
    const wrong = scored.filter((step) => {
      const answer = answers.get(step);
      return answer !== step.expectedStatus && !step.alsoAccepted.includes(answer ?? -1);
    });
    expect(1 - wrong.length / scored.length).toBeGreaterThan(0.999);
    expect(new Set(wrong.map((step) => step.group))).toEqual(new Set(['change-notification']));
  });
});
