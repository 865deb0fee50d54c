// The resource of an oplock's owner, on real threads: kept while a check sleeps it stops the answer
// that the check sleeps for, and the machine says so; given up before, everybody gets through.
import { expect, test } from 'vitest';
import { builtModule } from '#test/support/run-machine.ts';
import { Machine } from '#src/machine/machine.ts';
import type { LoggedFinding } from '#src/verifier/finding/finding-log.ts';

interface Outcome {
  readonly told: readonly unknown[];
  readonly findings: readonly LoggedFinding[];
}

const PATIENCE_MS = 40_000;

async function run(holds: boolean): Promise<Outcome> {
  const machine = await Machine.boot({ verifier: true, requestors: 2, completion: 'inline',
    images: [{ name: 'hold', altitude: '145000',
      module: builtModule('test/fltmgr/oplock-hold.ts') }] });
  let late: NodeJS.Timeout | undefined;
  try {
    await machine.load(0);
    const workload = { module: builtModule('test/fltmgr/oplock-hold-work.ts'),
      routine: 'holdWork', data: { holds } };
    const work = machine.run([workload, workload])
      .then((reports) => reports.map((report) => (report.result as { result: unknown }).result),
        () => [] as unknown[]);
    const patience = new Promise<never>((_resolve, reject) => {
      late = setTimeout(() => reject(new Error(machine.view.describeThreads(machine.routines))),
        PATIENCE_MS);
    });
    return { told: await Promise.race([work, patience]), findings: machine.view.findings() };
  } finally {
    clearTimeout(late);
    await machine.destroy();
  }
}

test('OPL-22: the resource kept during a blocking check stops the acknowledgement', async () => {
  const { told, findings } = await run(true);
  expect(told).toEqual([]);
  expect(findings).toMatchObject([{ rule: 'deadlock', filter: 'hold' }]);
  const [{ cause, threads }] = findings as [LoggedFinding];
  expect(cause).toMatch(/in HoldPre waits for ERESOURCE/);
  expect(cause).toMatch(/in HoldPre waits for an oplock break that its holder has to acknowledge/);
  const [writer] = threads.filter(({ locks }) => locks.length > 0);
  expect(writer!.locks[0]!.stack.join()).toContain('oplock-hold!check');
});

test('OPL-21, OPL-22: without it the break is answered, and the writer goes on', async () => {
  const { told, findings } = await run(false);
  expect(told).toEqual([['PENDING', 'SUCCESS', '7>0 ack', 'SUCCESS'], ['SUCCESS']]);
  expect(findings).toEqual([]);
});
