// Contracts: the safe string routines of ntstrsafe.h, which come in forms for bytes and characters,
// narrow and wide; and the older printf forms.
import { ANY, PASSIVE, family, resident, row } from './contract.ts';
import type { Row } from './contract.ts';

const OVERFLOW = 'STATUS_BUFFER_OVERFLOW STATUS_INVALID_PARAMETER';

function forms(unit: string): Record<string, Row> {
  const size = unit === 'Cb' ? 'bytes' : 'characters';
  const level = resident('pszDest pszSrc', ANY);
  return {
    Copy: row(`pszDest* ${unit}Dest pszSrc?`, level,
      `Copies text into a buffer of so many ${size}, cut to fit and terminated.`,
      { statuses: OVERFLOW }),
    CopyN: row(`pszDest* ${unit}Dest pszSrc? ${unit}ToCopy`, level,
      `Copies at most so many ${size} of text, cut to fit and terminated.`,
      { statuses: OVERFLOW }),
    Cat: row(`pszDest* ${unit}Dest pszSrc*`, level,
      `Appends text in a buffer of so many ${size}, cut to fit and terminated.`,
      { statuses: OVERFLOW }),
    CatN: row(`pszDest* ${unit}Dest pszSrc* ${unit}ToAppend`, level,
      `Appends at most so many ${size} of text, cut to fit and terminated.`,
      { statuses: OVERFLOW }),
    Length: row(`psz? ${unit}Max p${unit}Length>?`, resident('psz', ANY),
      `Measures text in ${size}.`, { statuses: 'STATUS_INVALID_PARAMETER' }),
    Printf: row(`pszDest* ${unit}Dest pszFormat* ...`, PASSIVE,
      `Formats into a buffer of so many ${size}, cut to fit and terminated.`,
      { statuses: OVERFLOW }),
  };
}

function all(): Record<string, Row> {
  const rows: Record<string, Row> = {};
  for (const unit of ['Cb', 'Cch']) {
    for (const [form, given] of Object.entries(forms(unit))) {
      for (const width of ['W', 'A']) rows[`RtlString${unit}${form}${width}`] = given;
    }
  }
  return rows;
}

const printf: Record<string, Row> = {
  _snprintf: row('buffer> count format* ...', PASSIVE,
    'Formats bytes into a buffer; terminated only when there is room.',
    { returns: 'the length, negative when the text was cut' }),
  _snwprintf: row('buffer> count format* ...', PASSIVE,
    'Formats UTF-16 into a buffer; terminated only when there is room.',
    { returns: 'the length, negative when the text was cut' }),
};

export const rtlSafeStrings = { ...family('ntstrsafe', all()), ...family('', printf) };
