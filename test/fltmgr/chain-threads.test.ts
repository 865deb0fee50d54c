// Compiled chains and teardowns on real threads: a teardown waits for callbacks of its own instance
// and not for those of others, however the walk says where it is.
import { expect, test } from 'vitest';
import { Machine } from '#src/machine/machine.ts';
import { builtModule } from '#test/support/run-machine.ts';

const PATIENCE_MS = 20_000;

/** Resolves when a requestor sleeps in a driver's routine. */
async function asleepInCallback(machine: Machine): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const asleep = machine.view.threads().some(({ role, state, routine }) =>
      role === 'requestor' && state === 'waiting' && routine !== 0);
    if (asleep) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error('no requestor went to sleep in a callback');
}

test('TD-2, TD-3: a filter is unloaded while a callback of another one on the volume sleeps in a ' +
  'compiled walk, and the walk goes on without it', async () => {
  const sleeper = builtModule('test/fltmgr/chain-sleeper.ts');
  const machine = await Machine.boot({ requestors: 1, completion: 'inline', images: [
    { name: 'sleeper', module: sleeper, altitude: '380000' },
    { name: 'pass-through', module: builtModule('src/minifilters/pass-through.ts'),
      altitude: '370030' },
  ], volumes: [{ fileSystem: 'null-fs', name: '\\Device\\HarddiskVolume1', letter: 'C' }] });
  try {
    await machine.load(0);
    await machine.load(1);
    const running = machine.run([{ module: sleeper, routine: 'flushes', data: null }]);
    await asleepInCallback(machine);
    expect(await machine.unload(1)).toMatchObject({ ok: true });
    const [report] = await running;
    expect((report!.result as { result: unknown }).result)
      .toEqual({ pre: 600, post: 600, late: 0, failed: 0 });
    await machine.unload(0);
    await machine.shutdown();
  } finally {
    await machine.destroy();
  }
});
