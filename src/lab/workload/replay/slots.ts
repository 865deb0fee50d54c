// The recorded handles as a requestor uses them: filled by the step that opens one, used and closed
// by whoever has a step on it. Where several requestors share a handle, a request waits until it is
// open, and a close until the requests before it are done: no step is issued on a handle that the
// log shows to be open and the replay has not opened yet, or has closed too early.
// Guarantees: waits follow the order of the program only, so they cannot wait for each other; each
// is bounded, and what does not come is an invalid handle.
import { ObDereferenceObject } from '../../../ntos/ob/object.ts';
import { fileByHandle, releaseFile } from '../../../ntos/io/service/service.ts';
import { NT_SUCCESS } from '../../../ntos/status.ts';
import { closeFile, openFile } from '../user/files.ts';
import { SLOT_CLOSED, SLOT_FAILED, SLOT_OPEN, clearSlots, countRequest, fillSlot, slotFile,
  slotHandle, slotState, waitForOpen, waitForRequests } from './shared.ts';
import type { PFILE_OBJECT } from '../../../ntos/io/types.ts';
import type { OpenRequest, OpenResult } from '../user/files.ts';
import type { User, UserFile } from '../user.ts';
import type { SlotFacts } from './plan-types.ts';

const NO_FILE = 0 as PFILE_OBJECT;
/** Low bit of a slot's handle word: the file is asynchronous (handles are multiples of four). */
const ASYNCHRONOUS = 1;

export class Slots {
  readonly #user: User;
  readonly #facts: readonly SlotFacts[];
  /** How long to wait for another requestor. */
  readonly #limitMs: number;
  /** Slots that this requestor opened. */
  readonly #mine = new Set<number>();

  constructor(user: User, facts: readonly SlotFacts[], limitMs: number) {
    this.#user = user;
    this.#facts = facts;
    this.#limitMs = limitMs;
  }

  /** Opens a file into a slot; with slot -1 what opens is closed again. */
  open(slot: number, request: OpenRequest): OpenResult {
    const opened = openFile(this.#user, request);
    const isOpen = NT_SUCCESS(opened.status) && opened.handle !== 0;
    if (slot < 0) {
      if (isOpen) closeFile(this.#user, opened);
      return opened;
    }
    const keeps = isOpen && this.#facts[slot]?.keepsFileObject === true;
    const file = keeps ? this.#reference(opened.handle) : NO_FILE;
    this.#mine.add(slot);
    const word = opened.handle | (opened.asynchronous ? ASYNCHRONOUS : 0);
    fillSlot(slot, isOpen ? word : 0, file, isOpen ? SLOT_OPEN : SLOT_FAILED);
    return opened;
  }

  #reference(handle: number): PFILE_OBJECT {
    const file = fileByHandle(handle, 0);
    return file > 0 ? (file as PFILE_OBJECT) : NO_FILE;
  }

  #await(slot: number): void {
    if (this.#facts[slot]?.isShared === true) waitForOpen(slot, this.#limitMs);
  }

  /** The open file of a slot; undefined when it was never opened, or is closed. */
  file(slot: number): UserFile | undefined {
    this.#await(slot);
    if (slotState(slot) !== SLOT_OPEN) return undefined;
    const word = slotHandle(slot);
    return { handle: word & ~3, asynchronous: (word & ASYNCHRONOUS) !== 0 };
  }

  /** Calls `use` with the slot's file object, which may have lost its handle already. */
  withFileObject<T>(slot: number, use: (file: PFILE_OBJECT) => T): T | undefined {
    const open = this.file(slot);
    const kept = slotFile(slot) as PFILE_OBJECT;
    if (kept !== 0) return use(kept);
    if (open === undefined) return undefined;
    const file = fileByHandle(open.handle, 0);
    if (file < 0) return undefined;
    const result = use(file as PFILE_OBJECT);
    releaseFile(file as PFILE_OBJECT);
    return result;
  }

  /** A request on the slot has returned. */
  requested(slot: number): void {
    if (this.#facts[slot]?.isShared === true) countRequest(slot);
  }

  /** Waits for the requests that come before a close or a dereference. */
  awaitRequests(slot: number, requests: number): void {
    if (this.#facts[slot]?.isShared === true) waitForRequests(slot, requests, this.#limitMs);
  }

  /** NtClose; undefined when the slot is not open. */
  close(slot: number): number | undefined {
    const open = this.file(slot);
    if (open === undefined) return undefined;
    fillSlot(slot, 0, slotFile(slot), SLOT_CLOSED);
    return closeFile(this.#user, open);
  }

  /** Drops the reference that the slot keeps; false when it keeps none. */
  dereference(slot: number): boolean {
    const file = slotFile(slot);
    if (file === 0) return false;
    fillSlot(slot, slotHandle(slot), 0, slotState(slot));
    ObDereferenceObject(file);
    return true;
  }

  /** Closes what this requestor opened and the program leaves open. */
  closeRest(): void {
    for (const slot of this.#mine) {
      this.close(slot);
      this.dereference(slot);
    }
    this.#mine.clear();
  }

  /** Makes all slots empty again, for everybody. */
  clear(): void {
    clearSlots(this.#facts.length);
  }
}
