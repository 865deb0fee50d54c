// FLT_FILE_NAME_OPTIONS: a format, a way of asking, and flags, in one word (NAM-2).
import { FLT_FILE_NAME_ALLOW_QUERY_ON_REPARSE, FLT_FILE_NAME_DO_NOT_CACHE,
  FLT_FILE_NAME_QUERY_ALWAYS_ALLOW_CACHE_LOOKUP, FLT_FILE_NAME_QUERY_DEFAULT,
  FLT_FILE_NAME_REQUEST_FROM_CURRENT_PROVIDER, FLT_FILE_NAME_SHORT, FLT_VALID_FILE_NAME_FLAGS,
  FLT_VALID_FILE_NAME_FORMATS, FLT_VALID_FILE_NAME_QUERY_METHODS } from '../constants.ts';

const KNOWN_FLAGS = FLT_FILE_NAME_REQUEST_FROM_CURRENT_PROVIDER | FLT_FILE_NAME_DO_NOT_CACHE |
  FLT_FILE_NAME_ALLOW_QUERY_ON_REPARSE;
const UNUSED_BITS = 0x00ff0000;

/** Name options taken apart. */
export interface NameOptions {
  /** FLT_FILE_NAME_NORMALIZED, _OPENED or _SHORT. */
  readonly format: number;
  /** FLT_FILE_NAME_QUERY_*. */
  readonly method: number;
  readonly flags: number;
}

/** Takes name options apart; undefined when format, method or a flag is none. */
export function parseNameOptions(options: number): NameOptions | undefined {
  const format = options & FLT_VALID_FILE_NAME_FORMATS;
  const method = options & FLT_VALID_FILE_NAME_QUERY_METHODS;
  const flags = options & FLT_VALID_FILE_NAME_FLAGS;
  const isFormat = format !== 0 && format <= FLT_FILE_NAME_SHORT;
  const isMethod = method >= FLT_FILE_NAME_QUERY_DEFAULT &&
    method <= FLT_FILE_NAME_QUERY_ALWAYS_ALLOW_CACHE_LOOKUP;
  const unknown = (flags & ~KNOWN_FLAGS) | (options & UNUSED_BITS);
  return isFormat && isMethod && unknown === 0 ? { format, method, flags } : undefined;
}

/** The format of name options: FLT_FILE_NAME_NORMALIZED, _OPENED or _SHORT. A macro: any IRQL. */
export function FltGetFileNameFormat(NameOptions: number): number {
  return NameOptions & FLT_VALID_FILE_NAME_FORMATS;
}

/** The query method of name options: FLT_FILE_NAME_QUERY_*. A macro: any IRQL. */
export function FltGetFileNameQueryMethod(NameOptions: number): number {
  return NameOptions & FLT_VALID_FILE_NAME_QUERY_METHODS;
}
