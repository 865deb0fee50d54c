// What the creation of a named pipe or a mailslot says beside the parameters that all creates have.
import { BOOLEAN, LARGE_INTEGER, ULONG } from '../../mem/field.ts';
import { struct } from '../../mem/struct.ts';

export const NAMED_PIPE_CREATE_PARAMETERS = struct('NAMED_PIPE_CREATE_PARAMETERS', {
  NamedPipeType: ULONG,
  ReadMode: ULONG,
  CompletionMode: ULONG,
  MaximumInstances: ULONG,
  InboundQuota: ULONG,
  OutboundQuota: ULONG,
  DefaultTimeout: LARGE_INTEGER,
  TimeoutSpecified: BOOLEAN,
});

export const MAILSLOT_CREATE_PARAMETERS = struct('MAILSLOT_CREATE_PARAMETERS', {
  MailslotQuota: ULONG,
  MaximumMessageSize: ULONG,
  ReadTimeout: LARGE_INTEGER,
  TimeoutSpecified: BOOLEAN,
});
