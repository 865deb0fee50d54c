// Taking names apart (NAM-7). The parts share the text of the whole name:
//
//   \Device\HarddiskVolume1 \dir\ f.txt:s:$DATA
//   |--------Volume--------|Parent|-----Final----|   Extension "txt", Stream ":s:$DATA"
//
// Volume and, for network file systems, Share are known when a name is made; the rest is found by
// FltParseFileNameInformation. A part that is not there has length 0.
import { u16 as units } from '../../mem/memory.ts';
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { bufferOf, lengthOf } from '../../ntos/rtl/unicode-string.ts';
import { FLTFL_FILE_NAME_PARSED_EXTENSION, FLTFL_FILE_NAME_PARSED_FINAL_COMPONENT,
  FLTFL_FILE_NAME_PARSED_PARENT_DIR, FLTFL_FILE_NAME_PARSED_STREAM } from '../constants.ts';
import { nodeOfName, setString } from './file-name-node.ts';
import { FLT_FILE_NAME_INFORMATION } from '../types.ts';
import { checkIrql } from '../violation.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFLT_FILE_NAME_INFORMATION } from '../types.ts';

const u16 = units;
const n = FLT_FILE_NAME_INFORMATION.bound;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const DOT = 0x2e;
const ALL_PARSED = FLTFL_FILE_NAME_PARSED_FINAL_COMPONENT | FLTFL_FILE_NAME_PARSED_EXTENSION |
  FLTFL_FILE_NAME_PARSED_STREAM | FLTFL_FILE_NAME_PARSED_PARENT_DIR;

/** Byte addresses in the text of a name; parts that are not there begin where they end. */
interface Parts {
  readonly final: number;
  readonly extension: number;
  readonly stream: number;
  readonly end: number;
}

/** The last place of a unit in a range of text, plus one unit; `from` when there is none. */
function afterLast(unit: number, from: number, end: number): number {
  for (let at = end - 2; at >= from; at -= 2) if (u16[at >> 1] === unit) return at + 2;
  return from;
}

function parts(from: number, end: number): Parts {
  const final = afterLast(BACKSLASH, from, end);
  let stream = final;
  while (stream < end && u16[stream >> 1] !== COLON) stream += 2;
  const dot = afterLast(DOT, final, stream);
  const hasDot = dot > final && u16[(dot - 2) >> 1] === DOT;
  return { final, extension: hasDot ? dot : stream, stream, end };
}

function set(string: number, from: number, end: number): void {
  if (string !== 0) setString(string, from === end ? 0 : from, end - from);
}

/**
 * Finds extension, stream, final component and parent directory of a name, in place. <= APC_LEVEL.
 * A second call changes nothing. A name that the caller does not hold is bug check 0xF5/0x68.
 */
export function FltParseFileNameInformation(
  FileNameInformation: PFLT_FILE_NAME_INFORMATION,
): NTSTATUS {
  checkIrql('FltParseFileNameInformation', APC_LEVEL);
  nodeOfName('FltParseFileNameInformation', FileNameInformation);
  const info = FileNameInformation;
  if (n.NamesParsed(info) === ALL_PARSED) return STATUS_SUCCESS;
  const text = n.Name_Buffer(info);
  const from = text + n.Volume_Length(info) + n.Share_Length(info);
  const p = parts(from, text + n.Name_Length(info));
  set(n.at_FinalComponent(info), p.final, p.end);
  set(n.at_Extension(info), p.extension, p.stream);
  set(n.at_Stream(info), p.stream, p.end);
  set(n.at_ParentDir(info), from, p.final);
  n.set_NamesParsed(info, ALL_PARSED);
  return STATUS_SUCCESS;
}

/**
 * Finds the parts of any name. <= APC_LEVEL.
 *
 * @param FileName a UNICODE_STRING. @param Extension, Stream, FinalComponent UNICODE_STRINGs that
 *   are filled in, sharing the text; NULL where not wanted.
 * @returns STATUS_INVALID_PARAMETER without a name.
 */
export function FltParseFileName(
  FileName: number,
  Extension: number,
  Stream: number,
  FinalComponent: number,
): NTSTATUS {
  checkIrql('FltParseFileName', APC_LEVEL);
  if (FileName === 0) return STATUS_INVALID_PARAMETER;
  const text = bufferOf(FileName);
  const p = parts(text, text + lengthOf(FileName));
  set(Extension, p.extension, p.stream);
  set(Stream, p.stream, p.end);
  set(FinalComponent, p.final, p.end);
  return STATUS_SUCCESS;
}

/** Bytes of "\server\share" at the beginning of a path on a network file system. */
export function shareLength(from: number, bytes: number): number {
  let at = from;
  let separators = 0;
  for (; at < from + bytes; at += 2) {
    if (u16[at >> 1] === BACKSLASH && ++separators === 3) break;
  }
  return at - from;
}
