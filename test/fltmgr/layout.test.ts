// What a minifilter is given and gives has the layout of fltKernel.h on 32-bit Windows.
import { describe, expect, test } from 'vitest';
import * as types from '#src/fltmgr/types.ts';
import * as query from '#src/fltmgr/query/types.ts';
import * as flags from '#src/fltmgr/constants.ts';
import { IRP_MJ_OPERATION_END, IRP_MJ_QUERY_OPEN, IRP_MJ_VOLUME_DISMOUNT }
  from '#src/ntos/io/constants.ts';
import { pushFrame, popFrame, stackAlloc } from '#src/mem/stack.ts';
import { STATUS_ACCESS_DENIED } from '#src/ntos/status-codes.ts';
import type { Nested } from '#src/mem/field.ts';

const { FLT_CALLBACK_DATA, FLT_IO_PARAMETER_BLOCK, FLT_PARAMETERS } = types;

function sizes(module: object): Record<string, number> {
  const structs = Object.values(module).filter((v): v is Nested => v?.tag === 'nested');
  return Object.fromEntries(structs.map((s) => [s.name, s.size]));
}

describe('sizes', () => {
  test('of what the Filter Manager publishes', () => {
    expect(sizes(types)).toEqual({
      FLT_PARAMETERS: 28,
      FLT_IO_PARAMETER_BLOCK: 44,
      FLT_CALLBACK_DATA: 44,
      FLT_RELATED_OBJECTS: 24,
      FLT_OPERATION_REGISTRATION: 20,
      FLT_CONTEXT_REGISTRATION: 28,
      FLT_REGISTRATION: 60,
      FLT_NAME_CONTROL: 8,
      FLT_FILE_NAME_INFORMATION: 64,
      FLT_TAG_DATA_BUFFER: 28,
      FLT_CALLBACK_DATA_QUEUE: 64,
      FLT_VOLUME_PROPERTIES: 44,
      FLT_RELATED_CONTEXTS: 24,
      FLT_RELATED_CONTEXTS_EX: 28,
      FILTER_MESSAGE_HEADER: 16,
      FILTER_REPLY_HEADER: 16,
      FS_FILTER_SECTION_SYNC_OUTPUT: 16,
    });
  });

  test('of what queries return', () => {
    expect(sizes(query)).toMatchObject({
      FILTER_FULL_INFORMATION: 16,
      FILTER_AGGREGATE_BASIC_INFORMATION: 24,
      INSTANCE_FULL_INFORMATION: 20,
      INSTANCE_PARTIAL_INFORMATION: 12,
    });
  });
});

describe('offsets', () => {
  test('in the callback data', () => {
    expect(FLT_CALLBACK_DATA.offsets).toMatchObject({
      Flags: 0,
      Thread: 4,
      Iopb: 8,
      IoStatus: 12,
      TagData: 20,
      QueueLinks: 24,
      QueueContext: 32,
      FilterContext: 24,
      RequestorMode: 40,
    });
  });

  test('in the parameter block', () => {
    expect(FLT_IO_PARAMETER_BLOCK.offsets).toEqual({
      IrpFlags: 0,
      MajorFunction: 4,
      MinorFunction: 5,
      OperationFlags: 6,
      Reserved: 7,
      TargetFileObject: 8,
      TargetInstance: 12,
      Parameters: 16,
    });
  });

  test('in the parameters, packed to four bytes', () => {
    const p = FLT_PARAMETERS.bound;
    const zero = 0 as types.PFLT_PARAMETERS;
    expect(p.at_Create_AllocationSize(zero)).toBe(20);
    expect(p.at_Others_Argument6(zero)).toBe(20);
    expect(p.at_Read_ByteOffset(zero)).toBe(8);
    expect(p.at_Write_WriteBuffer(zero)).toBe(16);
    expect(p.at_Read_MdlAddress(zero)).toBe(20);
    expect(p.at_DirectoryControl_QueryDirectory_MdlAddress(zero)).toBe(20);
    expect(p.at_FileSystemControl_Direct_OutputMdlAddress(zero)).toBe(20);
    expect(p.at_SetFileInformation_InfoBuffer(zero)).toBe(16);
    expect(p.at_LockControl_ExclusiveLock(zero)).toBe(21);
    expect(p.at_MdlRead_MdlChain(zero)).toBe(16);
  });

  test('in the registrations', () => {
    expect(types.FLT_REGISTRATION.offsets).toMatchObject({
      Size: 0,
      Version: 2,
      OperationRegistration: 12,
      FilterUnloadCallback: 16,
      TransactionNotificationCallback: 48,
      SectionNotificationCallback: 56,
    });
    expect(types.FLT_OPERATION_REGISTRATION.offsets).toMatchObject({ Flags: 4, PreOperation: 8 });
    expect(types.FLT_RELATED_OBJECTS.offsets).toMatchObject({ Filter: 4, FileObject: 16 });
  });
});

describe('callback data seen by a driver', () => {
  test('leads to the parameters through Iopb, for views and accessors alike', () => {
    const frame = pushFrame();
    const data = stackAlloc(FLT_CALLBACK_DATA.size) as types.PFLT_CALLBACK_DATA;
    const iopb = stackAlloc(FLT_IO_PARAMETER_BLOCK.size) as types.PFLT_IO_PARAMETER_BLOCK;
    FLT_CALLBACK_DATA.bound.set_Iopb(data, iopb);
    const Data = FLT_CALLBACK_DATA.at(data);
    Data.Iopb.Parameters.Write.ByteOffset = 5 * 2 ** 40;
    Data.Iopb.Parameters.Write.Length = 4096;
    Data.IoStatus.Status = STATUS_ACCESS_DENIED;
    Data.Flags |= flags.FLTFL_CALLBACK_DATA_DIRTY;
    const { Parameters_Write_ByteOffset, Parameters_Read_Length } = FLT_IO_PARAMETER_BLOCK.bound;
    expect(Parameters_Write_ByteOffset(iopb)).toBe(5 * 2 ** 40);
    expect(Parameters_Read_Length(iopb)).toBe(4096);
    expect(FLT_CALLBACK_DATA.bound.IoStatus_Status(data)).toBe(STATUS_ACCESS_DENIED);
    expect(Data.Flags).toBe(0x8000_0000);
    popFrame(frame);
  });
});

describe('constants', () => {
  test('that are flags of one member never share a bit', () => {
    const groups = ['FLTFL_REGISTRATION_', 'FLTFL_OPERATION_REGISTRATION_', 'FLTFL_INSTANCE_SETUP_',
      'FLTFL_INSTANCE_TEARDOWN_', 'FLTFL_CALLBACK_DATA_', 'FLTFL_IO_OPERATION_',
      'FLTFL_FILE_NAME_PARSED_', 'OPLOCK_FLAG_'];
    for (const prefix of groups) {
      const members = Object.entries(flags).filter(
        ([name]) => name.startsWith(prefix) && !name.endsWith('_MASK'),
      );
      expect(members.length, prefix).toBeGreaterThan(1);
      const sum = members.reduce((total, [, value]) => total + value, 0);
      const union = members.reduce((all, [, value]) => (all | value) >>> 0, 0);
      expect(sum, prefix).toBe(union);
    }
  });

  test('of the context types add up to all contexts', () => {
    const kinds = Object.entries(flags).filter(([name]) => /^FLT_[A-Z]+_CONTEXT$/.test(name));
    expect(kinds).toHaveLength(7);
    expect(kinds.reduce((all, [, value]) => all | value, 0)).toBe(flags.FLT_ALL_CONTEXTS);
  });

  test('of the pseudo majors are bytes that no real major uses', () => {
    expect([IRP_MJ_QUERY_OPEN, IRP_MJ_VOLUME_DISMOUNT]).toEqual([0xf9, 0xec]);
    expect(IRP_MJ_OPERATION_END).toBe(0x80);
  });

  test('of the file-system types count from 0 to CIMFS', () => {
    const systems = Object.entries(flags).filter(([name]) => name.startsWith('FLT_FSTYPE_'));
    const values = systems.map(([, value]) => value).toSorted((a, b) => a - b);
    expect(values).toEqual([...systems.keys()]);
    expect(flags.FLT_FSTYPE_CIMFS).toBe(30);
  });
});
