// A filter that asks an application about every file called ask-…: it sends the name through its
// port and waits for the answer. Whatever FltSendMessage returns becomes the status of the create;
// a timeout, which is a success code, becomes STATUS_IO_TIMEOUT.
import { FILE_OBJECT, FLT_PORT_ALL_ACCESS, FLT_PREOP_COMPLETE, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FltBuildDefaultSecurityDescriptor, FltCloseClientPort, FltCloseCommunicationPort,
  FltCreateCommunicationPort, FltFreeSecurityDescriptor, FltRegisterFilter, FltSendMessage,
  FltStartFiltering, FltUnregisterFilter, IRP_MJ_CREATE, InterlockedIncrement, LARGE_INTEGER,
  NT_SUCCESS, OBJECT_ATTRIBUTES, PFLT_CONNECT_NOTIFY, PFLT_DISCONNECT_NOTIFY,
  PFLT_FILTER_UNLOAD_CALLBACK, PFLT_MESSAGE_NOTIFY, PFLT_PRE_OPERATION_CALLBACK, POINTER,
  RTL_CONSTANT_STRING, RtlCopyMemory, STATUS_IO_TIMEOUT, STATUS_SUCCESS, STATUS_TIMEOUT, array,
  atomic, driverGlobals, fltRegistration, local, localBytes, out, pointer, readUnicode, struct, u8 }
  from '../../../src/fltKernel.ts';
import type { NTSTATUS, PDRIVER_OBJECT, PFLT_FILTER, PFLT_PORT } from '../../../src/fltKernel.ts';

const OBJ_KERNEL_HANDLE = 0x200;
const REPLY_ROOM = 8;
const memory = u8;
const TIMEOUT = struct('GATE_TIMEOUT', { Value: LARGE_INTEGER });
const portName = RTL_CONSTANT_STRING('\\GatePort');

const Globals = driverGlobals('GATE_DATA', {
  Filter: pointer('FLT_FILTER'),
  ServerPort: pointer('FLT_PORT'),
  /** An array has an address, which FltSendMessage and FltCloseClientPort need. */
  ClientPort: array(POINTER, 1),
  Connects: atomic(),
  Disconnects: atomic(),
});

/** Asks the application; what FltSendMessage says. */
function ask(name: string): NTSTATUS {
  const buffer = localBytes(name.length + 4);
  for (let i = 0; i < name.length; i++) memory[buffer + i] = name.charCodeAt(i);
  const reply = localBytes(REPLY_ROOM);
  const length = out();
  length.value = REPLY_ROOM;
  const timeout = local(TIMEOUT);
  timeout.Value = -100 * 10_000;
  const limit = name.includes('slow') ? timeout : 0;
  return FltSendMessage(Globals.Filter, Globals.ClientPort, buffer, name.length, reply, length,
    limit);
}

const PreCreate = PFLT_PRE_OPERATION_CALLBACK('GatePreCreate', (Data) => {
  const path = readUnicode(FILE_OBJECT.at(Data.Iopb.TargetFileObject).FileName);
  const name = path.slice(path.lastIndexOf('\\') + 1);
  if (!name.startsWith('ask-')) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  const status = ask(name);
  if (status === STATUS_SUCCESS) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  Data.IoStatus.Status = status === STATUS_TIMEOUT ? STATUS_IO_TIMEOUT : status;
  return FLT_PREOP_COMPLETE;
});

const Connect = PFLT_CONNECT_NOTIFY('GateConnect', (ClientPort) => {
  InterlockedIncrement(Globals.Connects);
  const variable = out();
  variable.address = Globals.ClientPort;
  variable.value = ClientPort;
  return STATUS_SUCCESS;
});

const Disconnect = PFLT_DISCONNECT_NOTIFY('GateDisconnect', () => {
  InterlockedIncrement(Globals.Disconnects);
  FltCloseClientPort(Globals.Filter, Globals.ClientPort);
});

/** Answers with what it was sent, as far as there is room. */
const Message = PFLT_MESSAGE_NOTIFY('GateMessage', (_cookie, input, length, output, room, used) => {
  used.value = Math.min(length, room);
  RtlCopyMemory(output, input, used.value);
  return STATUS_SUCCESS;
});

const Unload = PFLT_FILTER_UNLOAD_CALLBACK('GateUnload', () => {
  FltCloseCommunicationPort(Globals.ServerPort);
  FltUnregisterFilter(Globals.Filter);
  return STATUS_SUCCESS;
});

const Registration = fltRegistration({
  OperationRegistration: [{ MajorFunction: IRP_MJ_CREATE, PreOperation: PreCreate }],
  FilterUnloadCallback: Unload,
});

function createPort(): NTSTATUS {
  const descriptor = out();
  const built = FltBuildDefaultSecurityDescriptor(descriptor, FLT_PORT_ALL_ACCESS);
  if (!NT_SUCCESS(built)) return built;
  const attributes = local(OBJECT_ATTRIBUTES);
  attributes.Length = OBJECT_ATTRIBUTES.size;
  attributes.ObjectName = portName.address;
  attributes.Attributes = OBJ_KERNEL_HANDLE;
  attributes.SecurityDescriptor = descriptor.value;
  const port = out();
  const status = FltCreateCommunicationPort(Globals.Filter, port, attributes, 0, Connect, Disconnect,
    Message, 1);
  FltFreeSecurityDescriptor(descriptor.value as never);
  Globals.ServerPort = port.value as PFLT_PORT;
  return status;
}

export function DriverEntry(DriverObject: PDRIVER_OBJECT): NTSTATUS {
  const filter = out<PFLT_FILTER>();
  const status = FltRegisterFilter(DriverObject, Registration, filter);
  if (!NT_SUCCESS(status)) return status;
  Globals.Filter = filter.value;
  const made = createPort();
  if (!NT_SUCCESS(made)) {
    FltUnregisterFilter(filter.value);
    return made;
  }
  return FltStartFiltering(filter.value);
}
