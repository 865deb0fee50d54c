// Ports between real threads: a filter asks from the threads that open files, an application
// answers in its own thread or in the host's; time runs out, applications leave, the filter is
// unloaded.
import { afterEach, expect, test } from 'vitest';
import { builtModule } from '#test/support/run-machine.ts';
import { Machine } from '#src/machine/machine.ts';
import { PortError } from '#src/fltuser/port-message.ts';
import { STATUS_ACCESS_DENIED, STATUS_CONNECTION_COUNT_LIMIT, STATUS_PORT_DISCONNECTED }
  from '#src/ntos/status-codes.ts';
import type { MachineOptions } from '#src/machine/machine.ts';
import type { WorkloadSpec } from '#src/machine/assignment.ts';

const module = builtModule('test/fltmgr/port/port-work.ts');
const images = [
  { name: 'gate', module: builtModule('test/fltmgr/port/gate-filter.ts'), altitude: '325500' },
];
const manyNames = Array.from({ length: 60 }, (_, i) => `ask-many-${i}`);
/** Two greetings, two of the opener's, and sixty each. */
const TO_ANSWER = 2 + 2 + 120;
let machine: Machine | undefined;

async function boot(options: MachineOptions): Promise<Machine> {
  machine = await Machine.boot({ images, ...options });
  await machine.load(0);
  return machine;
}
afterEach(async () => {
  await machine?.destroy();
  machine = undefined;
});

function work(routine: string, data: unknown): WorkloadSpec {
  return { module, routine, data };
}

async function results(m: Machine, workloads: readonly WorkloadSpec[]): Promise<unknown[]> {
  const reports = await m.run(workloads);
  return reports.map((r) => (r.result as { result: unknown }).result);
}

async function statusOf(act: Promise<unknown>): Promise<number> {
  try {
    await act;
    return 0;
  } catch (error) {
    if (error instanceof PortError) return error.status;
    throw error;
  }
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (data: Uint8Array | undefined): string => Buffer.from(data ?? []).toString();

test('PORT-6: PORT-7: answers, timeouts, long replies, disconnects and vanishing applications ' +
  'reach the sender', async () => {
  const m = await boot({ requestors: 2, portThreads: 1 });
  const names = ['ask-one', 'ask-deny', 'ask-slow', 'ask-two', 'ask-long', 'ask-quit'];
  const [client, opener] = await results(m, [
    work('client', { leaveAt: 'ask-end' }),
    work('opener', { names: [...names, 'again', 'ask-end', 'ask-after'] }),
  ]);
  const answers = opener as string[];
  expect(answers.slice(0, 5)).toEqual([
    'ask-one STATUS_SUCCESS', 'ask-deny STATUS_ACCESS_DENIED', 'ask-slow STATUS_IO_TIMEOUT',
    'ask-two STATUS_SUCCESS', 'ask-long STATUS_BUFFER_OVERFLOW',
  ]);
  // The application closed its port, then came back; at the end it left without a word.
  expect(answers[5]).toBe('ask-quit STATUS_PORT_DISCONNECTED');
  expect(answers.slice(-1)).toEqual(['ask-after STATUS_PORT_DISCONNECTED']);
  const said = client as { log: string[] };
  expect(said.log).toEqual(['echo are you there', 'late STATUS_FLT_NO_WAITER_FOR_REPLY',
    'late STATUS_INVALID_HANDLE']);
  // A machine that is given up lets the host go, whatever it waits for.
  const port = await m.connect('\\GatePort');
  const waiting = port.getMessage().then(() => 'a message', () => 'over');
  await m.destroy();
  expect(await waiting).toBe('over');
});

test('PORT-3: PORT-4: PORT-5: PORT-6: the host answers every message of several senders once, ' +
  'without blocking; unload in mid-message', async () => {
  const m = await boot({ requestors: 2, portThreads: 1 });
  expect(await statusOf(m.connect('\\GatePort', { asUser: true }))).toBe(STATUS_ACCESS_DENIED);
  const port = await m.connect('\\GatePort', { context: bytes('host') });
  expect(await statusOf(m.connect('\\GatePort'))).toBe(STATUS_CONNECTION_COUNT_LIMIT);
  expect(text(await port.send(bytes('echo'), 16))).toBe('echo');
  expect(await port.getMessage({ timeoutMs: 20 })).toBeUndefined();
  const running = results(m, [
    work('manyOpens', { count: 60 }),
    work('opener', { names: ['ask-a', 'ask-deny', ...manyNames, 'ask-never'] }),
  ]);
  const ids = new Set<number>();
  let answered = 0;
  for (let held: boolean = false; !held || answered < TO_ANSWER;) {
    const message = await port.getMessage();
    if (message === undefined) throw new Error('no message');
    ids.add(message.id);
    expect(message.replyRoom).toBe(8);
    const name = text(message.data);
    if (name === 'ask-never') {
      held = true;
      continue;
    }
    await port.reply(message, bytes('ok'), name === 'ask-deny' ? STATUS_ACCESS_DENIED : 0);
    answered++;
  }
  expect(ids.size).toBe(TO_ANSWER + 1);
  // One sender waits for its answer in its pre-operation callback, the host for a message.
  const waiting = statusOf(port.getMessage());
  expect(await m.unload(0)).toMatchObject({ ok: true });
  expect(await waiting).toBe(STATUS_PORT_DISCONNECTED);
  const [failed, opened] = await running;
  expect(failed).toBe(0);
  expect(opened).toEqual(['ask-a STATUS_SUCCESS', 'ask-deny STATUS_ACCESS_DENIED',
    ...manyNames.map((name) => `${name} STATUS_SUCCESS`), 'ask-never STATUS_PORT_DISCONNECTED']);
  await port.close();
  const left = await m.shutdown();
  expect(left).toMatchObject({ pools: [], handles: 0, files: 0, operations: 0 });
});
