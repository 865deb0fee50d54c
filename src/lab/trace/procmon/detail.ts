// Process Monitor's Detail column, `Key: value, Key: value`, split into its fields.
// Guarantees: a key counts only where one may stand (at the start or after `, `) and only when it
// is one that Process Monitor prints, so that names holding commas and colons stay whole. Free text
// (`FileName`, `Name`, `VolumeLabel`) takes everything up to the next real key.
// Simplification: a file name that contains `, Length: ` or another such key is cut there; the log
// itself does not tell the two apart.

const KEYS = [
  'Desired Access', 'Disposition', 'Options', 'Attributes', 'ShareMode', 'AllocationSize',
  'Impersonating', 'OpenResult', 'Offset', 'Length', 'I/O Flags', 'Priority', 'Exclusive',
  'Fail Immediately', 'Key', 'Control', 'WriteLength', 'ReadLength', 'CreationTime',
  'LastAccessTime', 'LastWriteTime', 'ChangeTime', 'FileAttributes', 'EndOfFile',
  'NumberOfLinks', 'DeletePending', 'Directory', 'IndexNumber', 'EaSize', 'Access', 'Position',
  'Mode', 'AlignmentRequirement', 'Name', 'FileName', 'ReplaceIfExists', 'Delete', 'Flags',
  'Information', 'SyncType', 'PageProtection', 'EndingOffset', 'MDL', 'Filter',
  'FileInformationClass', 'ReparseTag', 'VolumeCreationTime', 'VolumeSerialNumber',
  'SupportsObjects', 'VolumeLabel', 'FileSystemAttributes', 'MaximumComponentNameLength',
  'FileSystemName', 'TotalAllocationUnits', 'AvailableAllocationUnits',
  'CallerAvailableAllocationUnits', 'ActualAvailableAllocationUnits',
  'SectorsPerAllocationUnit', 'BytesPerSector', 'DeviceType', 'Characteristics', 'ObjectId',
  'ValidDataLength', 'ValidDataLegnth', 'CompressedFileSize', 'CompressionFormat',
  'CompressionUnitShift', 'ChunkShift', 'ClusterShift', 'CurrentByteOffset', 'DeviceID',
  'FileIndex', 'ShortName', 'Pattern', 'Volume', 'FileId', 'Query', 'Type', 'Stream',
];

const escaped = KEYS.map((key) => key.replace(/[/]/g, '\\/'))
  .toSorted((first, second) => second.length - first.length).join('|');
const FIELD = new RegExp(`(?:^|, )(${escaped}):(?: |$|(?=,))`, 'g');

/** The fields of a Detail in order; the first of two equal keys wins. */
export function splitDetail(detail: string): Map<string, string> {
  const fields = new Map<string, string>();
  let key: string | undefined;
  let start = 0;
  FIELD.lastIndex = 0;
  for (let match = FIELD.exec(detail); match !== null; match = FIELD.exec(detail)) {
    if (key !== undefined && !fields.has(key)) fields.set(key, detail.slice(start, match.index));
    key = match[1] ?? '';
    start = match.index + match[0].length;
  }
  if (key !== undefined && !fields.has(key)) fields.set(key, detail.slice(start));
  return fields;
}

/** What a directory query returned, as its Detail tells. */
export interface DirectoryDetail {
  readonly filter: string | undefined;
  readonly informationClass: string | undefined;
  readonly names: string[];
  /** Names whose number the text skips: one is overprinted by the class. */
  readonly omitted: number;
}

/**
 * Splits `Filter: *, 1: ., 2: .., FileInformationClass: FileBothDirectoryInformation, 4: a, b.txt`.
 * Names are numbered from 0 without a filter and from 1 with one; a name ends where the next
 * number, or the class, begins.
 */
export function splitDirectoryDetail(detail: string): DirectoryDetail {
  let filter: string | undefined;
  let informationClass: string | undefined;
  const names: string[] = [];
  let omitted = 0;
  let next = detail.startsWith('Filter: ') ? 1 : 0;
  let rest = detail;
  while (rest !== '') {
    const marker = /^(?:(\d+)|Filter|FileInformationClass): ?/.exec(rest);
    if (marker === null) break;
    const number = marker[1] === undefined ? next - 1 : Number(marker[1]);
    const end = markerAt(rest, marker[0].length, number + 1);
    const value = rest.slice(marker[0].length, end);
    rest = rest.slice(Math.min(rest.length, end + 2));
    if (marker[1] !== undefined) {
      omitted += Math.max(0, number - next);
      next = number + 1;
      names.push(value);
    } else if (marker[0].startsWith('Filter')) {
      filter = value;
    } else {
      informationClass = value;
    }
  }
  return { filter, informationClass, names, omitted };
}

/** Where the next `, n: `, `, n+1: ` or `, FileInformationClass: ` begins; the end without one. */
function markerAt(text: string, from: number, number: number): number {
  const numbers = [`, ${number}: `, `, ${number + 1}: `, ', FileInformationClass: '];
  let index = text.length;
  for (const marker of numbers) {
    const found = text.indexOf(marker, from);
    if (found >= 0 && found < index) index = found;
  }
  return index;
}
