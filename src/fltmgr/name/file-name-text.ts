// Name information made of text.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { PagedPool } from '../../ntos/ex/types.ts';
import { writeUtf16 } from '../../ntos/rtl/unicode-string.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_NAME_TOO_LONG } from '../../ntos/status-codes.ts';
import { createName } from './file-name-node.ts';
import type { NameAnswer } from './file-name-query.ts';

const TAG = poolTag('FMnq');
const MAX_NAME_BYTES = 0xfffe;

/**
 * Makes name information of a text, with one reference.
 * @param volumeBytes how much of the text is the volume's name.
 * @returns STATUS_NAME_TOO_LONG, STATUS_INSUFFICIENT_RESOURCES.
 */
export function createTextName(text: string, format: number, volumeBytes: number): NameAnswer {
  const bytes = text.length * 2;
  if (bytes > MAX_NAME_BYTES) return STATUS_NAME_TOO_LONG;
  const buffer = ExAllocatePoolWithTag(PagedPool, Math.max(bytes, 2), TAG);
  if (buffer === 0) return STATUS_INSUFFICIENT_RESOURCES;
  writeUtf16(buffer, text);
  const node = createName([{ address: buffer, bytes }], format, volumeBytes);
  ExFreePoolWithTag(buffer, TAG);
  return node === 0 ? STATUS_INSUFFICIENT_RESOURCES : node;
}
