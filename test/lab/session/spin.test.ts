// Where a thread spins that the kernel does not hear of: its debugger is asked.
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { fixture } from '#test/cli/run-cli.ts';
import { whereTheySpin } from '#src/lab/session/spin.ts';
import type { ThreadView } from '#src/machine/host-view.ts';

const thread = (hostThread: number): ThreadView => ({ processor: 4, role: 'requestor', irql: 0,
  state: 'running', routine: 0, major: -1, heartbeat: 0, issued: 0, completed: 0, hostThread });

test('a module that loops is named with file and line; a thread that has no worker is not', async () => {
  const worker = new Worker(fixture('never-loads'));
  try {
    // It may not have begun to loop yet.
    const end = performance.now() + 20_000;
    let said = await whereTheySpin([thread(worker.threadId), thread(0)]);
    while (!said.isInDriver && performance.now() < end) {
      said = await whereTheySpin([thread(worker.threadId), thread(0)]);
    }
    expect(said).toEqual({ isInDriver: true, lines: [expect.stringMatching(
      /^the requestor thread of processor 4 is in never-loads!anonymous \(never-loads\.js:\d+\)$/)] });
  } finally {
    await worker.terminate();
  }
});
