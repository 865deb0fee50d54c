// The Filter Manager's own objects: filter, volume, instance. Each begins with an FLT_OBJECT: its
// kind and its rundown word (object-reference.ts).
//
// Lists are guarded by the Filter Manager's one lock (`fltRoot.Lock`, an ERESOURCE in NT, a mutex
// here): attach, detach, load and unload are rare. The walk never takes it; it copies the
// volume's callback list (callback-list.ts).
import { ULONG, atomic, array, pointer, POINTER, ROUTINE } from '../../mem/field.ts';
import { struct } from '../../mem/struct.ts';
import { CACHE_LINE, MAX_PROCESSORS } from '../../mem/param.ts';
import { LIST_ENTRY, UNICODE_STRING } from '../../ntos/rtl/types.ts';
import { EX_RUNDOWN_REF } from '../../ntos/ex/types.ts';

/** FLT_OBJECT.Kind. */
export const FLT_OBJECT_FILTER = 0x464c5401;
export const FLT_OBJECT_VOLUME = 0x464c5402;
export const FLT_OBJECT_INSTANCE = 0x464c5403;

export const FLT_OBJECT = struct('FLT_OBJECT', {
  Kind: ULONG,
  /** References by pointer; closed when teardown begins. */
  Rundown: EX_RUNDOWN_REF,
  /** In the list of all objects of this kind, or of the owner. */
  PrimaryLink: LIST_ENTRY,
});

/** FLT_FILTER.State. */
export const FILTER_REGISTERED = 1;
export const FILTER_STARTED = 2;
export const FILTER_UNLOADING = 3;

/** Majors of a filter's table: 0x00..0x1B as they are, then the pseudo majors from the top. */
export const MAJOR_SLOTS = 0x1c + 22;

export const FLT_OPERATION = struct('FLT_OPERATION', {
  Flags: ULONG,
  PreOperation: ROUTINE,
  PostOperation: ROUTINE,
  Registered: ULONG,
});

/** What one processor counts for one filter; written by that processor only. */
export const FLT_FILTER_COUNTS = struct(
  'FLT_FILTER_COUNTS',
  {
    /** Callbacks run, by IRQL 0, 1, 2. */
    Pre: array(ULONG, 3),
    Post: array(ULONG, 3),
    Drained: ULONG,
    /** Of the post-operation callbacks: those in another thread than the operation's. */
    PostElsewhere: ULONG,
    Pended: ULONG,
  },
  { align: CACHE_LINE },
);

/** The counts of FLT_FILTER at one moment; guarded by the Filter Manager's lock. */
const FLT_HELD = struct('FLT_HELD', {
  Contexts: ULONG,
  CallbackData: ULONG,
  WorkItems: ULONG,
  Names: ULONG,
});

export const FLT_FILTER = struct('FLT_FILTER', {
  Base: FLT_OBJECT,
  State: atomic(),
  Name: UNICODE_STRING,
  DefaultAltitude: UNICODE_STRING,
  DriverObject: pointer('DRIVER_OBJECT'),
  RegistrationFlags: ULONG,
  /** The unload under way is a service stop: the filter's refusal does not count. */
  MandatoryUnload: ULONG,
  FilterUnload: ROUTINE,
  InstanceSetup: ROUTINE,
  InstanceQueryTeardown: ROUTINE,
  InstanceTeardownStart: ROUTINE,
  InstanceTeardownComplete: ROUTINE,
  GenerateFileName: ROUTINE,
  NormalizeNameComponent: ROUTINE,
  NormalizeContextCleanup: ROUTINE,
  NormalizeNameComponentEx: ROUTINE,
  TransactionNotification: ROUTINE,
  SectionNotification: ROUTINE,
  /** The context types the filter registered: FLT_CONTEXT_TYPE entries, see context.ts. */
  ContextTypes: POINTER,
  ContextTypeCount: ULONG,
  InstanceList: LIST_ENTRY,
  /** Objects the filter holds, for the unload report: contexts, callback data, work items. */
  ContextCount: atomic(),
  CallbackDataCount: atomic(),
  WorkItemCount: atomic(),
  NameInformationCount: atomic(),
  /** How many of its instances have gone, and what it held when the last of them went. */
  Detached: ULONG,
  HeldAtDetach: FLT_HELD,
  /** Server and client ports: see port/types.ts. Guarded by the Filter Manager's lock. */
  PortList: LIST_ENTRY,
  /** Guards the variable whose address FltSendMessage and FltCloseClientPort take. */
  PortLock: atomic(),
  Operations: array(FLT_OPERATION, MAJOR_SLOTS),
  Counts: array(FLT_FILTER_COUNTS, MAX_PROCESSORS),
}, { align: CACHE_LINE });

/** FLT_INSTANCE.State: the low bits; the rest counts the uses of the slot. */
export const INSTANCE_FREE = 0;
export const INSTANCE_SETUP = 1;
export const INSTANCE_ACTIVE = 2;
export const INSTANCE_DETACHING = 3;
export const INSTANCE_STATE_MASK = 3;
export const INSTANCE_GENERATION = 4;

/** One processor's count of callbacks of an instance that it is in; on a line of its own. */
export const FLT_INSTANCE_ACTIVE = struct(
  'FLT_INSTANCE_ACTIVE',
  { Inside: atomic() },
  { align: CACHE_LINE },
);

export const FLT_INSTANCE = struct(
  'FLT_INSTANCE',
  {
    Base: FLT_OBJECT,
    /** Generation and state in one word: a walk that kept an old copy sees that it is stale. */
    State: atomic(),
    Volume: pointer('FLT_VOLUME'),
    Filter: pointer('FLT_FILTER'),
    Altitude: UNICODE_STRING,
    Name: UNICODE_STRING,
    /** Position on the volume, 0 is the top; rewritten at each attach and detach. */
    Position: ULONG,
    VolumeLink: LIST_ENTRY,
    Context: POINTER,
    /** Per-instance context lists (stream, handle, file): see stream-list.ts. */
    StreamContexts: LIST_ENTRY,
    ContextLock: atomic(),
    /** Operations a pre- or post-operation callback of the instance pended. */
    Pended: atomic(),
    /** Operations the instance initiated itself. */
    Initiated: atomic(),
    /** Deferred and generic work items queued for it. */
    WorkItems: atomic(),
    /** Rung when one of the counts above drops while the instance is detaching. */
    Bell: atomic(),
    TeardownReason: ULONG,
    /** 1: FltRegisterForDataScan was called; never taken back. */
    DataScan: ULONG,
    Active: array(FLT_INSTANCE_ACTIVE, MAX_PROCESSORS),
  },
  { align: CACHE_LINE },
);

/** FLT_VOLUME.Setup. */
export const SETUP_DONE = 0;
export const SETUP_PENDING = 1;
export const SETUP_RUNNING = 2;

export const FLT_VOLUME = struct(
  'FLT_VOLUME',
  {
    Base: FLT_OBJECT,
    /** The Filter Manager's device on the volume, and the device right below it. */
    DeviceObject: pointer('DEVICE_OBJECT'),
    LowerDevice: pointer('DEVICE_OBJECT'),
    DiskDevice: pointer('DEVICE_OBJECT'),
    Name: UNICODE_STRING,
    FileSystemType: ULONG,
    /** Instances from the top down. */
    InstanceList: LIST_ENTRY,
    InstanceCount: ULONG,
    Contexts: LIST_ENTRY,
    ContextLock: atomic(),
    /** Odd while the callback lists are being rewritten; readers copy and look again. */
    Sequence: atomic(),
    /** SETUP_*: whether filters were asked about the volume since it was mounted. */
    Setup: atomic(),
    SetupThread: pointer('KTHREAD'),
    /** Set when the volume is being dismounted: no new references (LC-5). */
    Leaving: atomic(),
    /** Callback list of each major, filled by callback-list.ts. */
    Callbacks: POINTER,
  },
  { align: CACHE_LINE },
);

/** The slot of a major function in a filter's table; -1 for what is not an operation. */
export function majorSlot(major: number): number {
  if (major <= 0x1b) return major;
  if (major >= 0x100 - 22 && major <= 0xff) return 0x1c + (0xff - major);
  return -1;
}
