// The other end of a lane: a process that hunts one target after the other, as it is told. Ctrl-C
// reaches it as it reaches everybody; what shall become of the hunt it leaves to its host to say.
import { Here } from './one.ts';
import type { LaneAnswer, LaneOrder } from './lane.ts';

const here = new Here();

function tell(answer: LaneAnswer): void {
  process.send?.(answer);
}

async function obey(order: LaneOrder): Promise<void> {
  if ('interrupt' in order) return here.interrupt();
  const { target, options } = order;
  tell({ outcome: await here.hunt(target, options, (progress) => tell({ progress })) });
}

if (process.send !== undefined) {
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit());
  process.on('message', (order: LaneOrder) => void obey(order));
}
