// Communication ports, promise by promise, in one thread: who may connect, what the notify routines
// see, what sending and closing answer (9.2). Waiting between threads is in port-threads.test.ts.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { answer, bytes, makePort } from '#test/support/port-filter.ts';
import { Arena } from '#src/fltuser/arena.ts';
import { PortClient } from '#src/fltuser/port-client.ts';
import { PortError } from '#src/fltuser/port-message.ts';
import { USER, imageSlot } from '#src/mem/memory-map.ts';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { FLT_PORT_ALL_ACCESS, FLT_PORT_CONNECT } from '#src/fltmgr/constants.ts';
import { FltBuildDefaultSecurityDescriptor, FltFreeSecurityDescriptor }
  from '#src/fltmgr/port/security.ts';
import { FltCloseClientPort } from '#src/fltmgr/port/send.ts';
import { FltpGetMessage, FltpReplyMessage } from '#src/fltmgr/port/services.ts';
import { FltCloseCommunicationPort } from '#src/fltmgr/port/server.ts';
import { KTHREAD, currentThread } from '#src/ntos/ke/prcb.ts';
import { setAllocationGate } from '#src/ntos/ex/pool/pool.ts';
import { openHandles } from '#src/ntos/ob/handle.ts';
import { OB_TYPE_PORT, objectCount } from '#src/ntos/ob/object.ts';
import { TOKEN_ADMINISTRATOR, createProcess, exitProcess } from '#src/ntos/ob/process.ts';
import { APC_LEVEL, DISPATCH_LEVEL, KeGetCurrentIrql, KeLowerIrql, KfRaiseIrql, PASSIVE_LEVEL }
  from '#src/ntos/ke/irql.ts';
import { terminateThread } from '#src/ntos/ke/wait-interruption.ts';
import { RtlSetDaclSecurityDescriptor, readDacl } from '#src/ntos/rtl/security-descriptor.ts';
import * as st from '#src/ntos/status-codes.ts';
import { bugCheckOf } from '../../ntos/ex/support.ts';
import type { MadeFilter } from '#test/support/make-filter.ts';
import type { MadePort, PortSketch } from '#test/support/port-filter.ts';
import type { NTSTATUS } from '#src/ntos/status.ts';

const { set_PreviousMode, set_Process, set_Terminating } = KTHREAD.bound;
const arena = new Arena(USER.start + 4096, USER.start + 4096 * 257);
let shutdown: () => void;
let filter: MadeFilter;
const open: MadePort[] = [];

beforeEach(() => {
  shutdown = bootInline();
  filter = makeFilter({ name: 'porter', altitude: '370000', operations: [] });
});
afterEach(() => {
  setAllocationGate(null);
  set_PreviousMode(currentThread, 0);
  set_Process(currentThread, 0);
  for (const made of open.splice(0)) made.close();
  filter.unregister();
  expect(objectCount(OB_TYPE_PORT)).toBe(0);
  expect(openHandles()).toBe(0);
  expect(arena.taken).toBe(0);
  shutdown();
});

function port(sketch: PortSketch = {}): MadePort {
  const made = makePort(filter.filter, sketch);
  if (made.status === st.STATUS_SUCCESS) open.push(made);
  return made;
}

function connect(context = '', name = '\\TestPort'): PortClient {
  return PortClient.connect(arena, name, bytes(context));
}

function statusOf(act: () => unknown): NTSTATUS {
  try {
    act();
  } catch (error) {
    if (error instanceof PortError) return error.status;
    throw error;
  }
  return st.STATUS_SUCCESS;
}

describe('PORT-1: creating a server port', () => {
  test('PORT-1: without OBJ_KERNEL_HANDLE it is refused', () => {
    expect(port({ attributes: 0x40 }).status).toBe(st.STATUS_INVALID_PARAMETER);
  });

  test('PORT-1: a name that is taken is refused, whatever its case', () => {
    expect(port().status).toBe(st.STATUS_SUCCESS);
    expect(port({ name: '\\TESTPORT' }).status).toBe(st.STATUS_OBJECT_NAME_COLLISION);
    expect(port({ name: '\\Other' }).status).toBe(st.STATUS_SUCCESS);
  });

  test('PORT-1: at least one connection must be allowed', () => {
    expect(port({ maxConnections: 0 }).status).toBe(st.STATUS_INVALID_PARAMETER);
  });

  test('PORT-1: without MessageNotify an application cannot send', () => {
    port({ noMessage: true });
    const client = connect();
    expect(statusOf(() => client.send(bytes('x')))).toBe(st.STATUS_NOT_SUPPORTED);
    client.close();
  });

  test('PORT-1: without memory nothing is left behind', () => {
    for (let n = 0; ; n++) {
      let left = n;
      setAllocationGate(() => left-- > 0);
      const made = makePort(filter.filter);
      setAllocationGate(null);
      if (made.status === st.STATUS_SUCCESS) {
        made.close();
        expect(n).toBeGreaterThan(2);
        return;
      }
      expect(made.status).toBe(st.STATUS_INSUFFICIENT_RESOURCES);
      expect(objectCount(OB_TYPE_PORT)).toBe(0);
    }
  });

  test('PORT-1: not above PASSIVE_LEVEL', () => {
    const made = port();
    const irql = KfRaiseIrql(APC_LEVEL);
    expect(bugCheckOf(() => FltCloseCommunicationPort(made.server))[0]).toBe(0xc4);
    KeLowerIrql(irql);
  });
});

describe('PORT-2: who may connect', () => {
  test('PORT-2: the default descriptor names the system and the administrators', () => {
    const frame = pushFrame();
    const out = stackAlloc(4);
    expect(FltBuildDefaultSecurityDescriptor(out, FLT_PORT_ALL_ACCESS)).toBe(st.STATUS_SUCCESS);
    const descriptor = i32[out >> 2] as never;
    expect(readDacl(descriptor)).toEqual([
      { allows: true, mask: 0x001f0001, sid: 'S-1-5-18' },
      { allows: true, mask: 0x001f0001, sid: 'S-1-5-32-544' },
    ]);
    FltFreeSecurityDescriptor(descriptor);
    setAllocationGate(() => false);
    expect(FltBuildDefaultSecurityDescriptor(out, FLT_PORT_CONNECT))
      .toBe(st.STATUS_INSUFFICIENT_RESOURCES);
    popFrame(frame);
  });

  const user = (tokenFlags: number): (() => void) => {
    const process = createProcess({ id: 4000, image: 'user.exe', tokenFlags });
    set_Process(currentThread, process);
    return () => {
      set_Process(currentThread, 0);
      exitProcess(process);
    };
  };

  test('PORT-2: an ordinary user is refused, an administrator is not', () => {
    const made = port();
    const leave = user(0);
    expect(statusOf(() => connect())).toBe(st.STATUS_ACCESS_DENIED);
    leave();
    expect(made.calls).toEqual([]);
    const leaveAdministrator = user(TOKEN_ADMINISTRATOR);
    connect().close();
    leaveAdministrator();
  });

  test('PORT-2: a NULL DACL lets everybody in; no descriptor is the default', () => {
    const leave = user(0);
    port({
      descriptor: (built) => {
        RtlSetDaclSecurityDescriptor(built as never, true, 0, false);
        return built;
      },
    });
    connect().close();
    port({ name: '\\Bare', descriptor: () => 0 });
    expect(statusOf(() => connect('', '\\Bare'))).toBe(st.STATUS_ACCESS_DENIED);
    leave();
  });
});

describe('PORT-3: connecting', () => {
  test('PORT-3: ConnectNotify gets the port, the cookie and a copy of the context', () => {
    const seen: number[] = [];
    const made = port({
      cookie: 77,
      connect: (client) => {
        seen.push(client, KeGetCurrentIrql());
        return st.STATUS_SUCCESS;
      },
    });
    const client = connect('hello');
    expect(made.calls).toEqual([{ routine: 'connect', cookie: 77, data: 'hello' }]);
    expect(seen[0]).not.toBe(0);
    expect(seen[1]).toBe(PASSIVE_LEVEL);
    client.close();
  });

  test('PORT-3: a failing status refuses, and the place is free again', () => {
    let answerOf: NTSTATUS = st.STATUS_LOCK_NOT_GRANTED;
    const made = port({ connect: () => answerOf });
    expect(statusOf(() => connect())).toBe(st.STATUS_LOCK_NOT_GRANTED);
    answerOf = st.STATUS_SUCCESS;
    connect().close();
    expect(made.calls.map((c) => c.routine)).toEqual(['connect', 'connect', 'disconnect']);
  });

  test('PORT-3: beyond MaxConnections ConnectNotify is not called', () => {
    const made = port({ maxConnections: 2 });
    const [a, b] = [connect('a'), connect('b')];
    expect(statusOf(() => connect('c'))).toBe(st.STATUS_CONNECTION_COUNT_LIMIT);
    expect(made.calls.map((c) => c.data)).toEqual(['a', 'b']);
    a.close();
    const c = connect('c');
    b.close();
    c.close();
  });

  test('PORT-3: a name that no port has', () => {
    const error = (() => {
      try {
        return connect('', '\\Nothing');
      } catch (thrown) {
        return thrown as PortError;
      }
    })() as PortError;
    expect(error.status).toBe(st.STATUS_OBJECT_NAME_NOT_FOUND);
    expect(error.hresult >>> 0).toBe(0x80070002);
  });
});

describe('PORT-4: disconnecting', () => {
  test('PORT-4: DisconnectNotify comes once, with the cookie of the connection', () => {
    const made = port({ maxConnections: 2 });
    const [a, b] = [connect(), connect()];
    b.close();
    a.close();
    expect(made.calls.slice(2)).toEqual([
      { routine: 'disconnect', cookie: 101, data: '' },
      { routine: 'disconnect', cookie: 100, data: '' },
    ]);
  });

  test('PORT-4: FltCloseClientPort clears the variable; sending finds it cleared', () => {
    const made = port();
    const client = connect();
    client.close();
    expect(i32[made.clients[0]! >> 2]).toBe(0);
    expect(made.send('late').status).toBe(st.STATUS_PORT_DISCONNECTED);
    FltCloseClientPort(filter.filter, made.clients[0]!);
  });

  test('PORT-4: unregistering the filter disconnects, and tells it', () => {
    const other = makeFilter({ name: 'brief', altitude: '370001', operations: [] });
    const made = makePort(other.filter, { name: '\\Brief' });
    const client = connect('', '\\Brief');
    FltCloseCommunicationPort(made.server);
    const before = made.calls.length;
    other.unregister();
    expect(made.calls.slice(before).map((c) => c.routine)).toEqual(['disconnect']);
    expect(statusOf(() => client.getMessage(1))).toBe(st.STATUS_PORT_DISCONNECTED);
    expect(statusOf(() => client.send(bytes('x')))).toBe(st.STATUS_PORT_DISCONNECTED);
    client.close();
    expect(made.calls.slice(before).map((c) => c.routine)).toEqual(['disconnect']);
  });

  test('PORT-4: a filter that keeps its client port open loses the handle at the latest when it ' +
    'is unregistered', () => {
    const other = makeFilter({ name: 'sloppy', altitude: '370002', operations: [] });
    const made = makePort(other.filter, { name: '\\Sloppy', keepsClient: true });
    connect('', '\\Sloppy').close();
    expect(openHandles()).toBe(2);
    FltCloseCommunicationPort(made.server);
    other.unregister();
    expect(openHandles()).toBe(0);
  });

  test('PORT-4: a port that is not open is bug check 0x93', () => {
    const made = port();
    connect().close();
    const frame = pushFrame();
    const variable = stackAlloc(4);
    i32[variable >> 2] = made.server;
    expect(bugCheckOf(() => FltCloseClientPort(filter.filter, variable))[0]).toBe(0x93);
    popFrame(frame);
  });
});

describe('PORT-5: the application sends', () => {
  test('PORT-5: MessageNotify gets the application\'s own addresses and answers', () => {
    set_PreviousMode(currentThread, 1);
    const where: number[] = [];
    const made = port({
      message: (input, output, room) => {
        where.push(output, room);
        return [st.STATUS_SUCCESS, answer(output, `re: ${input}`)];
      },
    });
    const client = connect();
    expect(Buffer.from(client.send(bytes('ping'), 64)).toString()).toBe('re: ping');
    expect(where[0]).toBeGreaterThanOrEqual(USER.start);
    expect(where[0]).toBeLessThan(USER.end);
    expect(where[1]).toBe(64);
    expect(made.calls.at(-1)).toEqual({ routine: 'message', cookie: 100, data: 'ping' });
    client.close();
  });

  test('PORT-5: its status is the application\'s, and so is a handle that is none', () => {
    port({ message: () => [st.STATUS_ACCESS_DENIED, 0] });
    const client = connect();
    expect(statusOf(() => client.send(bytes('x')))).toBe(st.STATUS_ACCESS_DENIED);
    client.close();
    expect(statusOf(() => client.send(bytes('x')))).toBe(st.STATUS_INVALID_HANDLE);
  });
});

describe('PORT-6: the filter sends', () => {
  test('PORT-6: the time for fetching runs out; STATUS_TIMEOUT is a success code', () => {
    const made = port();
    const client = connect();
    const { status } = made.send('nobody listens', { timeoutMs: 20 });
    expect(status).toBe(st.STATUS_TIMEOUT);
    expect(status).toBeGreaterThanOrEqual(0);
    expect(client.getMessage(0)).toBeUndefined();
    client.close();
  });

  test('PORT-6: DIS-20: a time of zero does not wait at all', () => {
    const made = port();
    const client = connect();
    expect(made.send('x', { timeoutMs: 0 }).status).toBe(st.STATUS_TIMEOUT);
    client.close();
  });

  test('PORT-6: not above APC_LEVEL; at APC_LEVEL it may', () => {
    const made = port();
    const client = connect();
    const irql = KfRaiseIrql(APC_LEVEL);
    expect(made.send('x', { timeoutMs: 1 }).status).toBe(st.STATUS_TIMEOUT);
    KfRaiseIrql(DISPATCH_LEVEL);
    expect(bugCheckOf(() => made.send('x', { timeoutMs: 1 }))[0]).toBe(0xc4);
    KeLowerIrql(irql);
    client.close();
  });

  test('PORT-6: the end of the thread ends the wait', () => {
    const made = port();
    const client = connect();
    terminateThread(currentThread);
    expect(made.send('x').status).toBe(st.STATUS_THREAD_IS_TERMINATING);
    expect(statusOf(() => client.getMessage())).toBe(st.STATUS_THREAD_IS_TERMINATING);
    set_Terminating(currentThread, 0);
    client.close();
  });

  test('PORT-6: to a connection that is over', () => {
    const made = port();
    const client = connect();
    client.close();
    expect(made.send('x', { timeoutMs: 1 }).status).toBe(st.STATUS_PORT_DISCONNECTED);
  });
});

describe('PORT-7: the application\'s side', () => {
  test('PORT-7: a buffer without room for the header is refused', () => {
    port();
    const client = connect();
    expect(statusOf(() => client.getMessage(0, -8))).toBe(st.STATUS_BUFFER_TOO_SMALL);
    client.close();
  });

  test('PORT-7: a reply that nobody waits for', () => {
    port();
    const client = connect();
    const stray = { id: 12345, replyRoom: 8, data: bytes('') };
    expect(statusOf(() => client.reply(stray))).toBe(st.STATUS_FLT_NO_WAITER_FOR_REPLY);
    try {
      client.reply(stray);
    } catch (error) {
      expect((error as PortError).hresult >>> 0).toBe(0x801f0020);
    }
    client.close();
  });

  test('PORT-7: buffers outside of user memory are refused', () => {
    port();
    const client = connect();
    set_PreviousMode(currentThread, 1);
    const kernel = new Arena(imageSlot(0).start, imageSlot(1).start);
    expect(FltpGetMessage(client.handle, kernel.take(64), 64)).toBe(st.STATUS_ACCESS_VIOLATION);
    expect(FltpReplyMessage(client.handle, kernel.take(64), 64)).toBe(st.STATUS_ACCESS_VIOLATION);
    client.close();
  });
});

describe('PORT-8: closing the server port', () => {
  test('PORT-8: nobody can connect any more, who is connected stays', () => {
    const made = makePort(filter.filter, { maxConnections: 3, name: '\\Closing' });
    const client = connect('', '\\Closing');
    FltCloseCommunicationPort(made.server);
    expect(statusOf(() => connect('', '\\Closing'))).toBe(st.STATUS_OBJECT_NAME_NOT_FOUND);
    client.send(bytes('still here'));
    expect(made.calls.at(-1)?.data).toBe('still here');
    client.close();
  });
});
