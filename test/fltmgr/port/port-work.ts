// What the requestors of port-threads.test.ts do: one is the application that answers the gate
// filter, the others open files that the filter asks about.
import { Arena } from '#src/fltuser/arena.ts';
import { PortClient } from '#src/fltuser/port-client.ts';
import { PortError } from '#src/fltuser/port-message.ts';
import { HOST_BUFFERS } from '#src/mem/memory-map.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { FILE_OPEN_IF, FILE_SHARE_READ, FILE_SHARE_WRITE } from '#src/ntos/io/file-constants.ts';
import { STATUS_ACCESS_DENIED, STATUS_PORT_DISCONNECTED } from '#src/ntos/status-codes.ts';
import { statusName } from '#src/ntos/status.ts';
import { open } from '#test/support/open-file.ts';
import { HeaderClient } from './header-client.ts';
import type { PortMessage } from '#src/fltuser/port-message.ts';
import type { WorkloadContext } from '../../../workers/requestor.ts';

const PATIENCE_MS = 15_000;

export interface ClientData {
  /** The client leaves, without closing anything, when it has fetched this name. */
  readonly leaveAt: string;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

function bytesOf(words: string): Uint8Array {
  return Buffer.from(words);
}

/** What an act failed with, by name. */
function failureOf(act: () => void): string {
  try {
    act();
    return 'STATUS_SUCCESS';
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return statusName(error.status);
  }
}

class Client {
  readonly log: string[] = [];
  #port: PortClient | HeaderClient;
  readonly #arena = new Arena(HOST_BUFFERS.start, HOST_BUFFERS.end);
  #late: PortMessage | undefined;

  constructor() {
    const port = PortClient.connect(this.#arena, '\\GatePort', bytesOf('hello'));
    this.log.push(`echo ${text(port.send(bytesOf('are you there'), 64))}`);
    this.#port = port;
  }

  next(): PortMessage {
    const message = this.#port.getMessage(PATIENCE_MS);
    if (message === undefined) throw new Error('no message came');
    return message;
  }

  answer(message: PortMessage, name: string): void {
    if (name.includes('deny')) {
      this.#port.reply(message, bytesOf('no'), STATUS_ACCESS_DENIED);
    } else if (name.includes('long')) {
      this.#port.reply(message, bytesOf('more than eight'));
    } else if (name.includes('slow')) {
      this.#late = message;
    } else if (name.includes('quit')) {
      this.#port.close();
      this.log.push(`late ${failureOf(() => this.#port.reply(message))}`);
      this.#port = new HeaderClient(this.#arena, '\\GatePort');
    } else {
      this.#port.reply(message, bytesOf('fine'));
    }
  }

  /** The reply to a message whose sender has given up. */
  answerLate(): void {
    const message = this.#late;
    if (message === undefined) return;
    this.#late = undefined;
    this.log.push(`late ${failureOf(() => this.#port.reply(message))}`);
  }
}

/** Answers until it is told to leave; what it saw. */
export function client(data: ClientData): unknown {
  const app = new Client();
  for (;;) {
    const message = app.next();
    const name = text(message.data);
    // Whoever asks now has seen the timeout of the slow one.
    app.answerLate();
    if (name === data.leaveAt) break;
    app.answer(message, name);
  }
  return { log: app.log };
}

function openOnce(name: string): number {
  const { status, handle } = open(`\\??\\C:\\${name}`, {
    disposition: FILE_OPEN_IF, shareAccess: FILE_SHARE_READ | FILE_SHARE_WRITE,
  });
  if (status >= 0) NtClose(handle);
  return status;
}

/** Opens until the application is connected. */
function waitForClient(): void {
  for (let tries = 0; openOnce('ask-hello') === STATUS_PORT_DISCONNECTED; tries++) {
    if (tries > 200_000) throw new Error('the application did not connect');
  }
}

/** Opens each name; the statuses by name. At 'again' it waits for the application to come back. */
export function opener(data: { readonly names: readonly string[] }): unknown {
  waitForClient();
  return data.names.map((name) => {
    if (name !== 'again') return `${name} ${statusName(openOnce(name))}`;
    waitForClient();
    return name;
  });
}

/** Opens `count` files of its own; how many opens did not succeed. */
export function manyOpens(data: { readonly count: number }, context: WorkloadContext): unknown {
  waitForClient();
  let failed = 0;
  for (let i = 0; i < data.count; i++) {
    if (openOnce(`ask-${context.index}-${i}`) !== 0) failed++;
  }
  return failed;
}
