// The twin: it waits for a second; without an answer the create goes on.
import { FLT_PORT_ALL_ACCESS, FLT_PREOP_SUCCESS_NO_CALLBACK, FltBuildDefaultSecurityDescriptor,
  FltCloseClientPort, FltCloseCommunicationPort, FltCreateCommunicationPort,
  FltFreeSecurityDescriptor, FltRegisterFilter, FltSendMessage, FltStartFiltering,
  FltUnregisterFilter, IRP_MJ_CREATE, InterlockedExchange, LARGE_INTEGER, NT_SUCCESS,
  OBJECT_ATTRIBUTES, OBJ_KERNEL_HANDLE, PFLT_CONNECT_NOTIFY, PFLT_DISCONNECT_NOTIFY,
  PFLT_FILTER_UNLOAD_CALLBACK, PFLT_MESSAGE_NOTIFY, PFLT_PRE_OPERATION_CALLBACK,
  RTL_CONSTANT_STRING, STATUS_SUCCESS, ULONG, array, driverGlobals, fltRegistration, local,
  localBytes, out, pointer, struct } from '../../../fltKernel.ts';
import type { NTSTATUS, PDRIVER_OBJECT, PFLT_FILTER, PFLT_PORT, PSECURITY_DESCRIPTOR } from
  '../../../fltKernel.ts';

const Port = RTL_CONSTANT_STRING('\\AskPort');
const TIMEOUT = struct('ASK_TIMEOUT', { Value: LARGE_INTEGER });
const SECOND = 10_000_000;

const Globals = driverGlobals('ASK_DATA', {
  Filter: pointer('FLT_FILTER'), Server: pointer('FLT_PORT'), Client: array(ULONG, 1),
});

const PreCreate = PFLT_PRE_OPERATION_CALLBACK('AskPreCreate', () => {
  const question = localBytes(8);
  const answer = localBytes(8);
  const length = out();
  length.value = 8;
  const timeout = local(TIMEOUT);
  timeout.Value = -SECOND;
  FltSendMessage(Globals.Filter, Globals.Client, question, 8, answer, length, timeout);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

const Connect = PFLT_CONNECT_NOTIFY('AskConnect', (ClientPort) => {
  InterlockedExchange(Globals.Client, ClientPort);
  return STATUS_SUCCESS;
});
const Disconnect = PFLT_DISCONNECT_NOTIFY('AskDisconnect', () => {
  FltCloseClientPort(Globals.Filter, Globals.Client);
});
const Message = PFLT_MESSAGE_NOTIFY('AskMessage', () => STATUS_SUCCESS);

const Unload = PFLT_FILTER_UNLOAD_CALLBACK('AskUnload', () => {
  FltCloseCommunicationPort(Globals.Server);
  FltUnregisterFilter(Globals.Filter);
  return STATUS_SUCCESS;
});

const Registration = fltRegistration({
  OperationRegistration: [{ MajorFunction: IRP_MJ_CREATE, PreOperation: PreCreate }],
  FilterUnloadCallback: Unload,
});

function openPort(): NTSTATUS {
  const descriptor = out<PSECURITY_DESCRIPTOR>();
  const built = FltBuildDefaultSecurityDescriptor(descriptor, FLT_PORT_ALL_ACCESS);
  if (!NT_SUCCESS(built)) return built;
  const attributes = local(OBJECT_ATTRIBUTES);
  attributes.Length = OBJECT_ATTRIBUTES.size;
  attributes.ObjectName = Port.address;
  attributes.Attributes = OBJ_KERNEL_HANDLE;
  attributes.SecurityDescriptor = descriptor.value;
  const port = out<PFLT_PORT>();
  const status = FltCreateCommunicationPort(Globals.Filter, port, attributes, 0, Connect,
    Disconnect, Message, 1);
  FltFreeSecurityDescriptor(descriptor.value);
  Globals.Server = port.value;
  return status;
}

/** PASSIVE_LEVEL. */
export function DriverEntry(DriverObject: PDRIVER_OBJECT): NTSTATUS {
  const filter = out<PFLT_FILTER>();
  const status = FltRegisterFilter(DriverObject, Registration, filter);
  if (!NT_SUCCESS(status)) return status;
  Globals.Filter = filter.value;
  const opened = openPort();
  if (NT_SUCCESS(opened)) return FltStartFiltering(filter.value);
  FltUnregisterFilter(filter.value);
  return opened;
}
