// Macros and inline helpers of wdm.h, ntifs.h and fltKernel.h in the form that TypeScript gives
// them: what a C macro does to an lvalue is returned here, and a structure is named by its type.
// They are not calls into the kernel, so they do not pass the boundary of the thunks. Any IRQL.
import { load } from '../atomics-sync/atomics.ts';
import { IO_DRIVER_CREATE_CONTEXT } from '../ntos/io/ecp.ts';
import { OBJECT_ATTRIBUTES } from '../ntos/rtl/types.ts';
import { InterlockedAnd, InterlockedOr } from '../ntos/ex/interlocked.ts';
import type { Addressed, Structure } from './out.ts';
import type { Field, Fields, Nested } from '../mem/field.ts';
import type { Ptr } from '../mem/pointer.ts';
import type { StructType } from '../mem/struct.ts';
import type { PECP_LIST } from '../ntos/io/ecp.ts';
import type { PUNICODE_STRING } from '../ntos/rtl/types.ts';

function addressOf(pointer: number | Addressed): number {
  return typeof pointer === 'number' ? pointer : pointer.address;
}

/** Says that a parameter is meant to be unused. */
export function UNREFERENCED_PARAMETER(..._P: readonly unknown[]): void {
  // The mention is the use.
}

/** Whether an optional pointer was given. */
export function ARGUMENT_PRESENT(ArgumentPointer: number | Addressed): boolean {
  return addressOf(ArgumentPointer) !== 0;
}

/** The handle of the process that the thread is in. */
export function ZwCurrentProcess(): number {
  return -1;
}

/** The handle of the thread itself. */
export function ZwCurrentThread(): number {
  return -2;
}

/** ZwCurrentProcess by its other name. */
export const NtCurrentProcess = ZwCurrentProcess;
/** ZwCurrentThread by its other name. */
export const NtCurrentThread = ZwCurrentThread;

/** Whether any of some flags is set. */
export function FlagOn(Flags: number, SingleFlag: number): boolean {
  return (Flags & SingleFlag) !== 0;
}

/** FlagOn for one flag, as a BOOLEAN. */
export function BooleanFlagOn(Flags: number, SingleFlag: number): boolean {
  return (Flags & SingleFlag) !== 0;
}

/** The flags with some set: `x.Flags = SetFlag(x.Flags, FLAG)`. */
export function SetFlag(Flags: number, SingleFlag: number): number {
  return (Flags | SingleFlag) >>> 0;
}

/** The flags with some cleared: `x.Flags = ClearFlag(x.Flags, FLAG)`. */
export function ClearFlag(Flags: number, SingleFlag: number): number {
  return (Flags & ~SingleFlag) >>> 0;
}

/** Clears bits of a word that several threads change; returns the word before. */
export function RtlInterlockedClearBits(Flags: number | Addressed, Bits: number): number {
  return InterlockedAnd(addressOf(Flags), ~Bits);
}

/** Sets bits of a word that several threads change; returns the word before. */
export function RtlInterlockedSetBits(Flags: number | Addressed, Bits: number): number {
  return InterlockedOr(addressOf(Flags), Bits);
}

/** A pointer moved by so many bytes. */
export function Add2Ptr(P: number | Structure, I: number): number {
  return addressOf(P) + I;
}

/** How far one pointer lies behind another, in bytes. */
export function PtrOffset(Base: number | Structure, Other: number | Structure): number {
  return addressOf(Other) - addressOf(Base);
}

/** Rounds up to a multiple of a power of two. */
export function ROUND_TO_SIZE(Length: number, Alignment: number): number {
  return Math.ceil(Length / Alignment) * Alignment;
}

/** The smaller of two numbers. */
export function min(a: number, b: number): number {
  return a < b ? a : b;
}

/** The larger of two numbers. */
export function max(a: number, b: number): number {
  return a > b ? a : b;
}

/** The members of a structure that lie in it, those of anonymous members included. */
function memberOf(type: Nested, name: string): Field | undefined {
  if (name in type.fields) return type.fields[name];
  for (const [key, field] of Object.entries(type.fields)) {
    if (!key.startsWith('$') || field.tag !== 'nested') continue;
    const found = memberOf(field, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The offset of a member in bytes; a path for members of members: 'Tail.Overlay.ListEntry'.
 * An Error when there is no such member.
 */
export function FIELD_OFFSET(type: Nested, field: string): number {
  let at = 0;
  let inside: Field | undefined = type;
  for (const name of field.split('.')) {
    const offset: number | undefined =
      inside?.tag === 'nested' ? inside.offsets[name] : undefined;
    if (offset === undefined) throw new Error(`${type.name} has no member ${field}`);
    at += offset;
    inside = inside?.tag === 'nested' ? memberOf(inside, name) : undefined;
  }
  return at;
}

/** The structure whose member lies at `address`. */
export function CONTAINING_RECORD<F extends Fields, N extends string>(
  address: number | Structure, type: StructType<F, N>, field: string,
): Ptr<N> {
  return (addressOf(address) - FIELD_OFFSET(type, field)) as Ptr<N>;
}

/**
 * Fills in OBJECT_ATTRIBUTES.
 * @param Attributes OBJ_*: OBJ_KERNEL_HANDLE unless the thread is a system thread's own.
 */
export function InitializeObjectAttributes(
  InitializedAttributes: number | Structure, ObjectName: number | Structure, Attributes: number,
  RootDirectory: number, SecurityDescriptor: number | Structure,
): void {
  const at = OBJECT_ATTRIBUTES.at(addressOf(InitializedAttributes));
  at.Length = OBJECT_ATTRIBUTES.size;
  at.RootDirectory = RootDirectory;
  at.ObjectName = addressOf(ObjectName) as PUNICODE_STRING;
  at.Attributes = Attributes;
  at.SecurityDescriptor = addressOf(SecurityDescriptor);
  at.SecurityQualityOfService = 0;
}

/** Fills in an IO_DRIVER_CREATE_CONTEXT without anything in it. */
export function IoInitializeDriverCreateContext(DriverContext: number | Structure): void {
  const at = IO_DRIVER_CREATE_CONTEXT.at(addressOf(DriverContext));
  at.Size = IO_DRIVER_CREATE_CONTEXT.size;
  at.ExtraCreateParameter = 0 as PECP_LIST;
  at.DeviceObjectHint = 0;
  at.TxnParameters = 0;
  at.SiloContext = 0;
}

/** Reads a word once, whatever other threads do to it. */
export function ReadNoFence(Source: number | Addressed): number {
  return load(addressOf(Source));
}

/**
 * Makes nonpaged pool non-executable by default (DrvRtPoolNxOptIn). The machine's pool cannot be
 * executed anyway: nothing changes.
 */
export function ExInitializeDriverRuntime(_RuntimeFlags: number): void {
  // Pool holds no code here.
}

/** DrvRtPoolNxOptIn of ExInitializeDriverRuntime. */
export const DrvRtPoolNxOptIn = 1;
