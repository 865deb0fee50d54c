// A debugger's thread: its kernel modules are bound to a machine's memory, which they read with the
// routines that the verifier has for its own reports. It claims no processor and writes nothing.
import { parentPort, workerData } from 'node:worker_threads';
import { settleBoot } from '../../mem/birth.ts';
import type { DebuggerTold } from './take.ts';

const told = workerData as DebuggerTold;
settleBoot(told.boot);
const { look } = await import('./look.ts');
parentPort?.postMessage(await look(told), []);
