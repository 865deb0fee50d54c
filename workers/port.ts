// The application of the host: it runs what the Node.js process that owns the machine asks of
// communication ports, in user mode, until the machine stops.
import { servePorts } from '../src/fltuser/agent.ts';

/** Serves the host; returns how many calls there were. */
export function playPort(): number {
  return servePorts();
}
