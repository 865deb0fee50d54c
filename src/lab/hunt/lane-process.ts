// The other end of a lane: a process that hunts one target after the other, as it is told. Ctrl-C
// reaches it as it reaches everybody; what shall become of the hunt it leaves to its host to say.
import { huntOne } from './one.ts';
import type { LaneAnswer, LaneOrder } from './lane.ts';

let interrupt: (() => void) | undefined;
let isInterrupted = false;

function tell(answer: LaneAnswer): void {
  process.send?.(answer);
}

async function hunt(order: Extract<LaneOrder, { target: unknown }>): Promise<void> {
  const outcome = await huntOne(order.target, order.options, {
    began(running) {
      interrupt = () => running.interrupt();
      if (isInterrupted) interrupt();
    },
    progress: (progress) => tell({ progress }),
  });
  interrupt = undefined;
  tell({ outcome });
}

if (process.send !== undefined) {
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit());
  process.on('message', (order: LaneOrder) => {
    if ('target' in order) {
      void hunt(order);
      return;
    }
    isInterrupted = true;
    interrupt?.();
  });
}
