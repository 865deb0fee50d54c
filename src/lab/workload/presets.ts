// The op mixes of the generators: how often which kind of operation, how large transfers and files
// are, how many files there are and how unevenly they are used.
//
// Sources: the two desktop mixes are the percentages of two public Process Monitor captures
// (eronnen/procmon-parser, MIT, commit 290e352): operations of the capture, its read and write
// lengths, its failing creates. fileserver, varmail, webserver and webproxy are one loop of the
// filebench personality of that name (CDDL, loop structure only). stress has the weights of
// fsstress (xfstests, GPL-2.0, weights only) for what Windows has a counterpart of; left out are
// reflink, deduplication, subvolumes, bulkstat, collapse and insert. av-burst and build are ours.
// Simplification: oplock requests, device controls and notifications are not in the mixes, and
// files are fewer than the originals' tens of thousands, for a machine's memory holds them all.
import * as cls from '../../ntos/io/information/information-classes.ts';
import * as io from '../../ntos/io/control-codes.ts';
import { KIB, MIB } from '../../mem/param.ts';

/** What a generator can do. The second half are whole stories: an open, some work, a close. */
export type OperationKind =
  | 'open' | 'close' | 'read' | 'write' | 'append' | 'flush' | 'query' | 'set-size'
  | 'set-allocation' | 'set-times' | 'zero' | 'query-directory' | 'query-volume'
  | 'query-security' | 'set-security' | 'query-ea' | 'set-ea' | 'lock' | 'control' | 'section'
  | 'create-file' | 'create-mail' | 'read-file' | 'append-file' | 'append-log'
  | 'update-mail' | 'stat'
  | 'miss' | 'delete' | 'rename' | 'replace' | 'link' | 'make-directory' | 'remove-directory'
  | 'scan';

/** Pairs of a value and its weight. */
export type Table = readonly (readonly [value: number, weight: number])[];

export interface Preset {
  readonly name: string;
  readonly description: string;
  /** How often each kind is chosen; together 100 or any other sum. */
  readonly mix: Readonly<Partial<Record<OperationKind, number>>>;
  /** Bytes of a transfer; writes are made of whole cells. */
  readonly readBytes: Table;
  readonly writeBytes: Table;
  readonly queries: Table;
  readonly volumeQueries: Table;
  readonly controls: Table;
  /** Percent of opens. */
  readonly opens: {
    /** For attributes only: no data access. */
    readonly attributeOnly: number;
    readonly directory: number;
    /** Fail on purpose: no such name, no such path, taken name, a directory for a file. */
    readonly miss: number;
    /** Without FILE_SYNCHRONOUS_IO_NONALERT. */
    readonly asynchronous: number;
    /** Of a file that all requestors share. */
    readonly shared: number;
  };
  /** Own files of all requestors together, and directories of each. */
  readonly files: number;
  readonly directories: number;
  readonly sharedFiles: number;
  readonly meanFileBytes: number;
  readonly maxFileBytes: number;
  /** Exponent of the choice of files: 0 for all alike. */
  readonly skew: number;
  /** Handles that a requestor keeps open. */
  readonly handles: number;
}

const FILEBENCH_IO = MIB;
const general = {
  readBytes: [[4 * KIB, 1]], writeBytes: [[4 * KIB, 1]],
  queries: [[cls.FileBasicInformation, 2], [cls.FileStandardInformation, 1]],
  volumeQueries: [[cls.FileFsVolumeInformation, 1], [cls.FileFsFullSizeInformation, 1]],
  controls: [[io.FSCTL_QUERY_USN_JOURNAL, 1]],
  opens: { attributeOnly: 20, directory: 0, miss: 0, asynchronous: 0, shared: 5 },
  files: 500, directories: 8, sharedFiles: 4, meanFileBytes: 16 * KIB, maxFileBytes: 256 * KIB,
  skew: 0.9, handles: 16,
} satisfies Partial<Preset>;

const win10: Preset = {
  ...general,
  name: 'win10-desktop',
  description: 'a Windows 10 desktop in use: many small queries, half of the opens for attributes',
  mix: {
    'read': 20.32, 'open': 15.84, 'close': 13.89, 'control': 6.25, 'query': 19.9, 'write': 4.43,
    'section': 4.4, 'query-volume': 3.8, 'lock': 3.25, 'query-security': 1.77,
    'query-directory': 1.44, 'query-ea': 0.49, 'set-size': 0.29, 'set-allocation': 0.19,
    'delete': 0.1, 'set-ea': 0.04,
  },
  readBytes: [[8, 200], [4, 192], [2, 132], [40, 132], [512, 97], [16, 88], [4 * KIB, 350],
    [8 * KIB, 80], [16 * KIB, 50], [32 * KIB, 60]],
  writeBytes: [[512, 92], [16, 62], [1 * KIB, 40], [4 * KIB, 45], [128, 32], [8 * KIB, 20],
    [32 * KIB, 7], [54 * KIB, 3]],
  queries: [[cls.FileBasicInformation, 424], [cls.FileStandardInformation, 232],
    [cls.FileNameInformation, 228], [cls.FileAllInformation, 218], [cls.FileIdInformation, 119],
    [cls.FileNetworkOpenInformation, 55], [cls.FileRemoteProtocolInformation, 47],
    [cls.FileAttributeTagInformation, 20], [cls.FileNormalizedNameInformation, 8],
    [cls.FileInternalInformation, 2], [cls.FileStreamInformation, 2]],
  volumeQueries: [[cls.FileFsVolumeInformation, 228], [cls.FileFsAttributeInformation, 15],
    [cls.FileFsSizeInformation, 6], [cls.FileFsFullSizeInformation, 1]],
  controls: [[io.FSCTL_READ_USN_JOURNAL, 158], [io.FSCTL_READ_FILE_USN_DATA, 111],
    [io.FSCTL_QUERY_USN_JOURNAL, 82], [io.FSCTL_GET_REPARSE_POINT, 36],
    [io.FSCTL_GET_EXTERNAL_BACKING, 9], [io.FSCTL_CREATE_OR_GET_OBJECT_ID, 8]],
  opens: { attributeOnly: 59.3, directory: 13.4, miss: 11.9, asynchronous: 40.6, shared: 10 },
};

const win7: Preset = {
  ...win10,
  name: 'win7-desktop',
  description: 'a Windows 7 desktop in use: many short writes and opens',
  mix: {
    'open': 18.99, 'write': 18.08, 'close': 17.49, 'read': 14.07, 'query': 14.5, 'section': 5.47,
    'query-security': 3.51, 'control': 3.44, 'query-volume': 1.43, 'query-directory': 1.17,
    'lock': 0.47, 'set-size': 0.23, 'set-allocation': 0.23, 'set-times': 0.08, 'flush': 0.04,
    'delete': 0.04,
  },
  readBytes: [[36, 361], [8 * KIB, 227], [16 * KIB, 24], [32 * KIB, 20], [4 * KIB, 11],
    [12 * KIB, 6], [512, 72]],
  writeBytes: [[48, 682], [512, 68], [16, 50], [256, 14], [5104, 13], [4 * KIB, 60]],
  queries: [[cls.FileBasicInformation, 424], [cls.FileStandardInformation, 236],
    [cls.FileNameInformation, 73], [cls.FileAllInformation, 6],
    [cls.FileAttributeTagInformation, 2]],
  volumeQueries: [[cls.FileFsAttributeInformation, 58], [cls.FileFsVolumeInformation, 8],
    [cls.FileFsSizeInformation, 7]],
  controls: [[io.FSCTL_READ_USN_JOURNAL, 52], [io.FSCTL_GET_REPARSE_POINT, 31],
    [io.FSCTL_QUERY_USN_JOURNAL, 26], [io.FSCTL_CREATE_OR_GET_OBJECT_ID, 2]],
  opens: { attributeOnly: 54.4, directory: 10.6, miss: 9, asynchronous: 53.5, shared: 10 },
};

const fileserver: Preset = {
  ...general,
  name: 'fileserver',
  description: 'a file server: files made, appended to, read whole, deleted, looked up',
  mix: { 'create-file': 20, 'append-file': 20, 'read-file': 20, 'delete': 20, 'stat': 20 },
  readBytes: [[FILEBENCH_IO, 1]], writeBytes: [[16 * KIB, 1]],
  meanFileBytes: 128 * KIB, maxFileBytes: MIB, files: 400, directories: 20, skew: 0,
};

const varmail: Preset = {
  ...general,
  name: 'varmail',
  description: 'a mail server: small files written and flushed, read and appended to, deleted',
  mix: { 'delete': 25, 'create-mail': 25, 'update-mail': 25, 'read-file': 25 },
  readBytes: [[FILEBENCH_IO, 1]], writeBytes: [[16 * KIB, 1]],
  files: 1000, directories: 1, skew: 0,
};

const webserver: Preset = {
  ...general,
  name: 'webserver',
  description: 'a web server: files opened, read whole, closed; one log appended to',
  mix: { 'read-file': 10, 'append-log': 1 },
  readBytes: [[FILEBENCH_IO, 1]], writeBytes: [[16 * KIB, 1]],
  files: 1000, directories: 20,
};

const webproxy: Preset = {
  ...general,
  name: 'webproxy',
  description: 'a web proxy: a file replaced by a new one, five others read',
  mix: { 'delete': 1, 'create-file': 1, 'read-file': 5 },
  readBytes: [[FILEBENCH_IO, 1]], writeBytes: [[16 * KIB, 1]],
  files: 1000, directories: 1,
};

const stress: Preset = {
  ...general,
  name: 'stress',
  description: 'everything a file system can do, by the weights of fsstress',
  mix: {
    'open': 6, 'close': 6, 'read': 14, 'write': 23, 'create-file': 6, 'make-directory': 2,
    'remove-directory': 1, 'rename': 4, 'replace': 4, 'link': 1, 'delete': 1, 'set-size': 2,
    'set-allocation': 3, 'zero': 3, 'flush': 3, 'query-directory': 1, 'stat': 2, 'query': 1,
    'set-security': 3, 'set-ea': 4, 'query-ea': 2, 'set-times': 1, 'section': 4, 'lock': 1,
    'query-volume': 1, 'miss': 1, 'control': 1,
  },
  readBytes: [[37, 1], [4 * KIB, 2], [16 * KIB, 1], [60 * KIB, 1]],
  writeBytes: [[32, 1], [4 * KIB, 2], [16 * KIB, 1], [60 * KIB, 1]],
  opens: { attributeOnly: 20, directory: 10, miss: 5, asynchronous: 50, shared: 20 },
  files: 100, skew: 0.5,
};

const avBurst: Preset = {
  ...general,
  name: 'av-burst',
  description: 'a scan of everything: directories listed, files queried, mapped and read whole',
  mix: { 'scan': 88, 'query-directory': 7, 'stat': 5 },
  readBytes: [[64 * KIB, 1]],
  opens: { ...general.opens, directory: 100, shared: 10 },
  files: 800, meanFileBytes: 48 * KIB, skew: 0,
};

const build: Preset = {
  ...general,
  name: 'build',
  description: 'a compiler at work: names looked for, sources read, results written and renamed',
  mix: {
    'stat': 28, 'miss': 22, 'read-file': 26, 'create-file': 9, 'replace': 5, 'delete': 4,
    'query-directory': 3, 'append-file': 2, 'section': 1,
  },
  readBytes: [[32 * KIB, 1]], writeBytes: [[4 * KIB, 2], [32 * KIB, 1]],
  opens: { ...general.opens, directory: 10, shared: 20 },
  files: 1000, directories: 40, sharedFiles: 16, meanFileBytes: 12 * KIB,
};

/** For throughput: one file each, one kind of operation, a page at a time. */
const read: Preset = {
  ...general,
  name: 'read',
  description: 'nothing but reads of 4 KiB: for throughput',
  mix: { 'read': 100 },
  opens: { attributeOnly: 0, directory: 0, miss: 0, asynchronous: 0, shared: 0 },
  files: 1, directories: 1, sharedFiles: 0, meanFileBytes: 64 * KIB, maxFileBytes: 64 * KIB,
  handles: 1,
};

const write: Preset = {
  ...read,
  name: 'write',
  description: 'nothing but writes of 4 KiB: for throughput',
  mix: { 'write': 100 },
};

/** All op mixes, by name. */
export const presets: Readonly<Record<string, Preset>> = Object.fromEntries(
  [win10, win7, fileserver, varmail, webserver, webproxy, stress, avBurst, build, read, write]
    .map((preset) => [preset.name, preset]));
