// Where a worker thread is that does not come back: the debugger of this process stops it in the
// middle of its loop and reads its stack. The thread goes on afterwards; whoever asked ends it. For
// a machine's threads and for those of a hunt alike.
import { Session } from 'node:inspector';
import { shortStack } from '../atomics-sync/schedule/stack.ts';

interface Frame {
  readonly functionName: string;
  readonly location: {
    readonly scriptId: string; readonly lineNumber: number; readonly columnNumber: number;
  };
}

/** What a thread's debugger says; `params` are those of the two messages that are listened to. */
interface Said {
  readonly method?: string;
  readonly params?: {
    readonly scriptId?: string; readonly url?: string; readonly callFrames?: readonly Frame[];
  };
}

/** How long a thread may take until it has been stopped. */
const PATIENCE_MS = 5000;

/** Frames as the lines of an Error's stack. */
function stackOf(frames: readonly Frame[], urls: ReadonlyMap<string, string>): string {
  return frames.map(({ functionName, location: { scriptId, lineNumber, columnNumber } }) => {
    const place = `${urls.get(scriptId) ?? ''}:${lineNumber + 1}:${columnNumber + 1}`;
    return `    at ${functionName === '' ? 'anonymous' : functionName} (${place})`;
  }).join('\n');
}

/** A session with the debugger of one worker. */
class WorkerDebugger {
  readonly #session: Session;
  readonly #thread: string;
  readonly #urls = new Map<string, string>();
  #at = '';

  constructor(session: Session, thread: string) {
    this.#session = session;
    this.#thread = thread;
  }

  #send(method: string): void {
    const message = JSON.stringify({ id: 1, method });
    this.#session.post('NodeWorker.sendMessageToWorker', { sessionId: this.#at, message });
  }

  /** Stops the worker where it is; its stack, innermost first. */
  stop(): Promise<string> {
    const session = this.#session;
    return new Promise((resolve) => {
      session.on('NodeWorker.attachedToWorker', ({ params }) => {
        // The title has the number of the thread; workerId counts attachments.
        if (!params.workerInfo.title.startsWith(`[worker ${this.#thread}]`)) {
          session.post('NodeWorker.detach', { sessionId: params.sessionId });
          return;
        }
        this.#at = params.sessionId;
        this.#send('Debugger.enable');
        this.#send('Debugger.pause');
      });
      session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
        const said = JSON.parse(params.message) as Said;
        const { scriptId = '', url = '', callFrames = [] } = said.params ?? {};
        if (said.method === 'Debugger.scriptParsed') this.#urls.set(scriptId, url);
        if (said.method === 'Debugger.paused') {
          resolve(stackOf(callFrames, this.#urls));
        }
      });
      session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    });
  }

  /** Lets the worker go on, and leaves it. */
  leave(): void {
    if (this.#at === '') return;
    this.#send('Debugger.resume');
    this.#session.post('NodeWorker.detach', { sessionId: this.#at });
  }
}

/**
 * The stack of a worker thread of this process, which need not cooperate.
 *
 * @param threadId the worker's threadId.
 * @returns lines as those of an Error's stack, innermost first; undefined when it does not stop
 *   within five seconds: it sleeps, or is gone.
 */
export async function stackOfWorker(threadId: number): Promise<string | undefined> {
  const session = new Session();
  session.connect();
  const worker = new WorkerDebugger(session, String(threadId));
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  });
  try {
    return await Promise.race([worker.stop(), tooLate]);
  } finally {
    clearTimeout(timer);
    worker.leave();
    session.disconnect();
  }
}

/**
 * Where a worker thread of this process is.
 *
 * @param threadId the worker's threadId.
 * @returns its functions with file and line, innermost first; undefined when it does not stop.
 */
export async function whereIs(threadId: number): Promise<string | undefined> {
  const stack = await stackOfWorker(threadId);
  return stack === undefined ? undefined : shortStack(stack);
}
