// BZ-053: a service with one thread that opens a file before it answers, and an application.
import { PortClient } from '../../../fltuser/port-client.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import type { Files } from '../../../lab/hunt/machine/files.ts';

/** Milliseconds without a question after which the service goes home. */
const PATIENCE = 10_000;

function serve(files: Files): void {
  const port = PortClient.connect(files.user.arena, '\\AskPort');
  for (;;) {
    const message = port.getMessage(PATIENCE);
    if (message === undefined) break;
    files.close(files.create('C:\\rules'));
    try {
      port.reply(message, new Uint8Array(8));
    } catch {
      // Nobody waits for the answer any more.
    }
  }
  port.close();
}

export const story = zooScenario({
  id: 'BZ-053', name: 'unbounded-question', interleaving: 'chosen',
  detectors: ['deadlock', 'work-queue'],
  about: 'a service that opens a file to answer about a create',
  applications: [serve, (files) => void files.close(files.create('C:\\file'))],
});
