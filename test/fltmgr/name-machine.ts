// What tests of names share: a machine with RAM volumes, files to open, names as text.
import { expect } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { open } from '#test/support/open-file.ts';
import { mountVolume, unmountVolume } from '#src/machine/file-systems.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import { out } from '#src/image/out.ts';
import * as k from '#src/fltmgr/constants.ts';
import { FltReleaseFileNameInformation } from '#src/fltmgr/name/file-name.ts';
import { FLT_FILE_NAME_INFORMATION } from '#src/fltmgr/types.ts';
import { FILE_OPEN_IF, FILE_SYNCHRONOUS_IO_NONALERT } from '#src/ntos/io/file-constants.ts';
import { initializeStripes } from '#src/ntos/fsrtl/stripe-lock.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool-tags.ts';
import { readUnicode } from '#src/ntos/rtl/unicode-string.ts';
import type { MadeFilter } from '#test/support/make-filter.ts';
import type { MountedVolume } from '#src/machine/volumes.ts';
import type { PFLT_FILE_NAME_INFORMATION } from '#src/fltmgr/types.ts';

export const VOLUME = '\\Device\\HarddiskVolume1';
export const OPENED = k.FLT_FILE_NAME_OPENED | k.FLT_FILE_NAME_QUERY_DEFAULT;
export const NORMALIZED = k.FLT_FILE_NAME_NORMALIZED | k.FLT_FILE_NAME_QUERY_DEFAULT;
const specs = [
  { name: VOLUME, letter: 'C', fileSystem: 'ramfs' },
  { name: '\\Device\\HarddiskVolume2', letter: 'D', fileSystem: 'ramfs' },
] as const;

/** A machine with volumes C: and D:, and the filters that a test made. */
export interface NameMachine {
  readonly volumes: readonly MountedVolume[];
  readonly filters: MadeFilter[];
  /** Takes everything down; nothing may be left in the pools. */
  end(): void;
}

export function nameMachine(): NameMachine {
  const shutdown = bootInline();
  initializeStripes();
  const volumes = specs.map(mountVolume);
  const filters: MadeFilter[] = [];
  return {
    volumes,
    filters,
    end() {
      for (const one of filters) one.unregister();
      specs.forEach((spec, i) => unmountVolume(spec, volumes[i] as MountedVolume));
      shutdown();
      expect(poolUsage()).toEqual([]);
    },
  };
}

export type Info = PFLT_FILE_NAME_INFORMATION;

/** Calls a routine with an out parameter: the status, and the address that came out. */
export function ask(call: (out: number) => number): { status: number; info: Info } {
  const frame = pushFrame();
  const word = out();
  word.value = -1;
  const status = call(word.address);
  const info = word.value as Info;
  popFrame(frame);
  return { status, info };
}

/** A member of name information as text. */
export function text(info: Info, member = 'Name'): string {
  return readUnicode(info + (FLT_FILE_NAME_INFORMATION.offsets[member] ?? 0));
}

/** The name, given back at once; a failing status instead of it. */
export function nameOf(call: (out: number) => number): string | number {
  const { status, info } = ask(call);
  if (status < 0) {
    expect(info).toBe(0);
    return status;
  }
  const name = text(info);
  FltReleaseFileNameInformation(info);
  return name;
}

/** Opens or makes a file, shared with everybody; the handle. */
export function make(path: string, options = 0): number {
  const opened = open(path, {
    disposition: FILE_OPEN_IF, options: FILE_SYNCHRONOUS_IO_NONALERT | options, shareAccess: 7,
  });
  expect(opened.status).toBe(0);
  return opened.handle;
}
