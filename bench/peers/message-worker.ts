// The other side of a bare message port.
import { parentPort } from 'node:worker_threads';

parentPort!.on('message', (id: number) => parentPort!.postMessage(id));
