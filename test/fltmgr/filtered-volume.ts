// A RAM volume as C: with filters on it, in the test's own thread, for tests of what filters do
// with files themselves.
import { expect } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { mountC } from '#test/support/ramfs-volume.ts';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { sheetsInUse } from '#src/fltmgr/walk/irp-ctrl.ts';
import { FltCreateFileEx } from '#src/fltmgr/initiated/initiated-create.ts';
import { IO_STATUS_BLOCK } from '#src/ntos/io/types.ts';
import { FILE_OPEN_IF, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE,
  FILE_SYNCHRONOUS_IO_NONALERT, GENERIC_READ, GENERIC_WRITE, SYNCHRONIZE }
  from '#src/ntos/io/file-constants.ts';
import { drainWorkQueues } from '#src/ntos/ex/work-queue.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool-tags.ts';
import { OBJECT_ATTRIBUTES, OBJ_KERNEL_HANDLE, UNICODE_STRING } from '#src/ntos/rtl/types.ts';
import { writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import type { FilterSketch, MadeFilter, Post, Pre } from '#test/support/make-filter.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PFLT_INSTANCE } from '#src/fltmgr/types.ts';

const SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

export interface Opened {
  readonly status: number;
  readonly handle: number;
  readonly file: PFILE_OBJECT;
  readonly information: number;
}

/** What of a create differs from an open-or-create of everything, shared with everyone. */
export interface CreateOptions {
  readonly instance?: PFLT_INSTANCE | 0;
  readonly disposition?: number;
  readonly options?: number;
  readonly flags?: number;
  readonly root?: number;
  readonly access?: number;
  readonly share?: number;
}

export class FilteredVolume {
  readonly log: string[] = [];
  /** The instance of the filter that initiates I/O, at altitude 200. */
  instance = 0 as PFLT_INSTANCE;
  /** Its instance on C:, when other volumes have come since. */
  readonly firstInstance: PFLT_INSTANCE;
  readonly #filters: MadeFilter[] = [];
  readonly #unmount: () => void;
  readonly #shutdown: () => void;

  constructor() {
    this.#shutdown = bootInline();
    this.#unmount = mountC();
    this.add({
      name: 'mid', altitude: '200', operations: [],
      setup: (objects) => {
        this.instance = objects.Instance as PFLT_INSTANCE;
        return 0;
      },
    });
    this.firstInstance = this.instance;
  }

  add(sketch: FilterSketch): MadeFilter {
    const made = makeFilter(sketch);
    this.#filters.push(made);
    return made;
  }

  remove(made: MadeFilter): void {
    this.#filters.splice(this.#filters.indexOf(made), 1);
    made.unregister();
  }

  filter(name: string, altitude: string, major: number, pre?: Pre, post?: Post): void {
    this.add({ name, altitude, operations: [{ major, ...(pre && { pre }), ...(post && { post }) }] });
  }

  /** Logs each operation of these majors that filters above and below the initiator see. */
  watch(...majors: number[]): void {
    for (const [name, altitude] of [['top', '300'], ['low', '100']] as const) {
      const pre: Pre = (data) => {
        this.log.push(`${name} ${data.Iopb.MajorFunction.toString(16)}`);
        return 1;
      };
      this.add({ name, altitude, operations: majors.map((major) => ({ major, pre })) });
    }
  }

  /** FltCreateFileEx below the initiating instance; the caller closes handle and file object. */
  create(path: string, more: CreateOptions = {}): Opened {
    const frame = pushFrame();
    const name = UNICODE_STRING.at(stackAlloc(UNICODE_STRING.size));
    const buffer = stackAlloc(path.length * 2 + 2);
    writeUtf16(buffer, path);
    name.Buffer = buffer as never;
    name.Length = path.length * 2;
    name.MaximumLength = path.length * 2;
    const attributes = OBJECT_ATTRIBUTES.at(stackAlloc(OBJECT_ATTRIBUTES.size));
    attributes.Length = OBJECT_ATTRIBUTES.size;
    attributes.ObjectName = name.address as never;
    attributes.RootDirectory = (more.root ?? 0) as never;
    attributes.Attributes = OBJ_KERNEL_HANDLE;
    const out = stackAlloc(8);
    const iosb = stackAlloc(IO_STATUS_BLOCK.size);
    const status = FltCreateFileEx(0 as never, (more.instance ?? this.instance) as PFLT_INSTANCE, out,
      out + 4, more.access ?? (GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE), attributes.address, iosb, 0, 0x80,
      more.share ?? SHARE_ALL, more.disposition ?? FILE_OPEN_IF,
      more.options ?? FILE_SYNCHRONOUS_IO_NONALERT, 0, 0, more.flags ?? 0);
    const result = {
      status, handle: i32[out >> 2]!, file: i32[(out + 4) >> 2]! as PFILE_OBJECT,
      information: i32[(iosb + 4) >> 2]!,
    };
    popFrame(frame);
    return result;
  }

  end(): void {
    for (const made of this.#filters) made.unregister();
    drainWorkQueues();
    expect(sheetsInUse()).toBe(0);
    this.#unmount();
    this.#shutdown();
    expect(poolUsage()).toEqual([]);
  }
}
