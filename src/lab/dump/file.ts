// Crash dumps as files: JSON, compressed. A file is written whole under another name first, so that
// a disk that fills leaves no half dump that looks like one.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DUMP_FORMAT } from './crash-dump.ts';
import type { CrashDump } from './crash-dump.ts';

/** A file that is no dump, or cannot be read: says what to do. */
export class DumpError extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'DumpError';
  }
}

/**
 * Writes a dump into a folder, which is made if need be.
 * @returns the path of the file. @throws Error when the disk is full or the folder is none.
 */
export function writeDump(folder: string, dump: CrashDump): string {
  mkdirSync(folder, { recursive: true });
  const name = `fltlab-seed-${dump.settings.seed}-${process.pid}.dump`;
  const path = join(folder, name);
  const part = `${path}.part`;
  try {
    writeFileSync(part, gzipSync(JSON.stringify(dump)));
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  return path;
}

/** Reads a dump. @throws DumpError */
export function readDump(path: string): CrashDump {
  let text: string;
  try {
    text = gunzipSync(readFileSync(path)).toString();
  } catch (error) {
    throw new DumpError(`${path}: it cannot be read as a dump (${(error as Error).message}); ` +
      'fltlab stress --dump-dir writes them');
  }
  const dump = parsed(path, text);
  if (dump.format !== DUMP_FORMAT) {
    throw new DumpError(`${path}: it is of the form "${String(dump.format)}", and this fltlab ` +
      `reads "${DUMP_FORMAT}"; read it with the version that wrote it`);
  }
  return dump;
}

function parsed(path: string, text: string): CrashDump {
  try {
    return JSON.parse(text) as CrashDump;
  } catch {
    throw new DumpError(`${path}: it is no dump of fltlab: what it holds is not JSON`);
  }
}
