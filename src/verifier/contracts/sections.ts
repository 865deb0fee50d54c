// Contracts: sections and views.
import { APC, PASSIVE, family, row } from './contract.ts';

const SCANNED = 'DesiredAccess ObjectAttributes? MaximumSize? SectionPageProtection ' +
  'AllocationAttributes Flags';
const TAKES = 'handle SectionHandle: ZwClose; object SectionObject: ObDereferenceObject';
const SCAN_STATUSES = 'STATUS_END_OF_FILE STATUS_INSUFFICIENT_RESOURCES ' +
  'STATUS_INVALID_FILE_FOR_SECTION STATUS_INVALID_PARAMETER_8 STATUS_INVALID_PARAMETER_9 ' +
  'STATUS_NOT_IMPLEMENTED STATUS_SECTION_TOO_BIG';

const fltkernel = family('fltkernel', {
  FltCloseSectionForDataScan: row('SectionContext*', APC,
    'Takes a section context off its stream.',
    { statuses: 'STATUS_INVALID_PARAMETER STATUS_NOT_FOUND', rules: 'CTX-20' }),
  FltCreateSectionForDataScan: row(`Instance* FileObject* SectionContext* ${SCANNED} ` +
                                 'SectionHandle> SectionObject> SectionFileSize>?', APC,
    'Makes a section of a file and links the section context to the stream.', {
      takes: TAKES,
      statuses: `${SCAN_STATUSES} STATUS_FILE_IS_A_DIRECTORY STATUS_FLT_CONTEXT_ALREADY_DEFINED ` +
        'STATUS_FLT_CONTEXT_ALREADY_LINKED STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER ' +
        'STATUS_NOT_SUPPORTED',
      rules: 'CTX-20',
    }),
  FltRegisterForDataScan: row('Instance*', APC, 'Lets an instance make sections for scanning.',
    { statuses: 'STATUS_NOT_SUPPORTED', rules: '9.5' }),
});

const ntifs = family('ntifs', {
  FsRtlCreateSectionForDataScan: row('SectionHandle> SectionObject> SectionFileSize>? ' +
                                   `FileObject* ${SCANNED}`, APC,
    'Makes a section of a file that has no handle yet, as in a post-create.',
    { takes: TAKES, statuses: SCAN_STATUSES }),
  FsRtlGetFileSize: row('FileObject* FileSize>', APC, 'The size of a file.',
    { statuses: 'STATUS_FILE_IS_A_DIRECTORY STATUS_INSUFFICIENT_RESOURCES' }),
});

const wdm = family('wdm', {
  ZwCreateSection: row('SectionHandle> DesiredAccess ObjectAttributes? MaximumSize? ' +
                     'SectionPageProtection AllocationAttributes FileHandle?', PASSIVE,
    'Makes a section of a file or of the page file.', {
      takes: 'handle SectionHandle: ZwClose',
      statuses: 'STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_FILE_FOR_SECTION ' +
        'STATUS_INVALID_PAGE_PROTECTION STATUS_INVALID_PARAMETER_4 STATUS_INVALID_PARAMETER_6 ' +
        'STATUS_MAPPED_FILE_SIZE_ZERO STATUS_NOT_IMPLEMENTED STATUS_NOT_SUPPORTED ' +
        'STATUS_SECTION_TOO_BIG',
    }),
  ZwMapViewOfSection: row('SectionHandle ProcessHandle BaseAddress> ZeroBits CommitSize ' +
                        'SectionOffset? ViewSize> InheritDisposition AllocationType Win32Protect',
    PASSIVE, 'Maps a view of a section.', {
      takes: 'view BaseAddress: ZwUnmapViewOfSection',
      statuses: 'STATUS_CONFLICTING_ADDRESSES STATUS_INVALID_PAGE_PROTECTION ' +
        'STATUS_INVALID_PARAMETER_3 STATUS_INVALID_PARAMETER_8 STATUS_INVALID_VIEW_SIZE ' +
        'STATUS_NOT_SUPPORTED STATUS_NO_MEMORY STATUS_SECTION_PROTECTION',
    }),
  ZwUnmapViewOfSection: row('ProcessHandle BaseAddress*', PASSIVE, 'Takes a view away.',
    { gives: 'view BaseAddress', statuses: 'STATUS_NOT_MAPPED_VIEW' }),
});

export const sections = { ...fltkernel, ...ntifs, ...wdm };
