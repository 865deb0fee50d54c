// A port thread: the application of the host. It runs the host's calls (call.ts) in user mode, on
// behalf of a process of its own, so that ConnectNotify and MessageNotify see a thread and a
// process as they would on Windows. A call that waits in a driver's routine keeps its thread busy;
// requests for messages do not, they are left with the port.
import { compareExchange, load, notify, store, EVERYBODY } from '../atomics-sync/atomics.ts';
import { parkWhile } from '../atomics-sync/park.ts';
import { boot } from '../mem/boot-options.ts';
import { i32 } from '../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../mem/stack.ts';
import { deliverApcsIfPossible } from '../ntos/ke/apc.ts';
import { MACHINE_RUNNING, machineState } from '../ntos/ke/bug-check.ts';
import { KTHREAD, THREAD_IDLE, THREAD_RUNNING, currentThread } from '../ntos/ke/prcb.ts';
import { TOKEN_ADMINISTRATOR, createProcess, exitProcess } from '../ntos/ob/process.ts';
import { readUtf16 } from '../ntos/rtl/unicode-string.ts';
import { STATUS_INVALID_PARAMETER } from '../ntos/status-codes.ts';
import { FltpConnectPort } from '../fltmgr/port/connection.ts';
import { FltpCancelGetMessage, FltpClosePort, FltpPostGetMessage, FltpReplyMessage,
  FltpSendToFilter, closeConnectionsOf } from '../fltmgr/port/services.ts';
import { FLT_GET_MESSAGE } from '../fltmgr/port/types.ts';
import { AS_USER, CALL_ANSWERED, CALL_ASKED, CALL_CANCEL_GET, CALL_CLOSE, CALL_CONNECT, CALL_GET,
  CALL_REPLY, CALL_SEND, CALL_TAKEN, FLT_HOST_CALL, MAX_HOST_CALLS, hostBell, hostCall }
  from './call.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PEPROCESS } from '../ntos/ob/process.ts';
import type { PFLT_GET_MESSAGE } from '../fltmgr/port/types.ts';
import type { PFLT_HOST_CALL } from './call.ts';

const k = FLT_HOST_CALL.bound;
const g = FLT_GET_MESSAGE.bound;
const { set_Process, set_State } = KTHREAD.bound;
const IDLE_MS = 20;
/** Identities of the host's processes begin here; two for each processor. */
const FIRST_PROCESS_ID = 0x1_0000;

function connect(call: PFLT_HOST_CALL): NTSTATUS {
  const frame = pushFrame();
  const handle = stackAlloc(4);
  const name = readUtf16(k.Output(call), k.OutputLength(call));
  const status = FltpConnectPort(name, k.Input(call), k.InputLength(call), handle);
  k.set_Result(call, i32[handle >> 2]!);
  popFrame(frame);
  return status;
}

function send(call: PFLT_HOST_CALL): NTSTATUS {
  const frame = pushFrame();
  const returned = stackAlloc(4);
  const status = FltpSendToFilter(k.Handle(call), {
    input: k.Input(call), inputLength: k.InputLength(call),
    output: k.Output(call), outputLength: k.OutputLength(call), returned,
  });
  k.set_Result(call, i32[returned >> 2]!);
  popFrame(frame);
  return status;
}

function getOf(call: PFLT_HOST_CALL): PFLT_GET_MESSAGE {
  return k.at_Get(call) as PFLT_GET_MESSAGE;
}

function get(call: PFLT_HOST_CALL): NTSTATUS {
  const request = getOf(call);
  g.set_Buffer(request, k.Output(call));
  g.set_Length(request, k.OutputLength(call));
  g.set_Event(request, 0 as never);
  return FltpPostGetMessage(k.Handle(call), request);
}

function run(call: PFLT_HOST_CALL): NTSTATUS {
  switch (k.Operation(call)) {
    case CALL_CONNECT:
      return connect(call);
    case CALL_SEND:
      return send(call);
    case CALL_GET:
      return get(call);
    case CALL_CANCEL_GET:
      return FltpCancelGetMessage(k.Handle(call), getOf(k.Target(call) as PFLT_HOST_CALL));
    case CALL_REPLY:
      return FltpReplyMessage(k.Handle(call), k.Input(call), k.InputLength(call));
    case CALL_CLOSE:
      return FltpClosePort(k.Handle(call));
    default:
      return STATUS_INVALID_PARAMETER;
  }
}

/** Takes and runs every call that was asked; how many. */
function serve(administrator: PEPROCESS, user: PEPROCESS): number {
  let served = 0;
  for (let index = 0; index < MAX_HOST_CALLS; index++) {
    const call = hostCall(index);
    const state = k.at_State(call);
    if (load(state) !== CALL_ASKED) continue;
    // Pairs with the host's store: what it filled in is visible to the one thread that takes it.
    if (compareExchange(state, CALL_ASKED, CALL_TAKEN) !== CALL_ASKED) continue;
    set_Process(currentThread, k.Identity(call) === AS_USER ? user : administrator);
    k.set_Status(call, run(call));
    store(state, CALL_ANSWERED);
    notify(state, EVERYBODY);
    served++;
  }
  return served;
}

function host(offset: number, tokenFlags: number): PEPROCESS {
  const id = FIRST_PROCESS_ID + boot.processor * 8 + offset;
  const process = createProcess({ id, image: 'fltlab-host.exe', tokenFlags });
  if (process === 0) throw new Error('no nonpaged pool for the processes of the host');
  return process;
}

/** Serves the host until the machine stops; returns how many calls there were. */
export function servePorts(): number {
  const administrator = host(0, TOKEN_ADMINISTRATOR);
  const user = host(4, 0);
  let calls = 0;
  while (machineState() === MACHINE_RUNNING) {
    const bell = load(hostBell);
    const now = serve(administrator, user);
    calls += now;
    deliverApcsIfPossible();
    if (now !== 0) continue;
    set_State(currentThread, THREAD_IDLE);
    parkWhile(hostBell, bell, IDLE_MS);
    set_State(currentThread, THREAD_RUNNING);
  }
  closeConnectionsOf(currentThread);
  set_Process(currentThread, 0);
  exitProcess(administrator);
  exitProcess(user);
  return calls;
}
