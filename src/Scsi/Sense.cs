namespace Blockwire.Scsi;

/// <summary>The conditions that Blockwire reports or looks for, by the names of the ASC/ASCQ table (SPC-4 annex F.2).</summary>
public static class Sense
{
    /// <summary>Nothing to report.</summary>
    public static SenseData None => new(SenseKey.NoSense, 0x00, 0x00);

    /// <summary>INVALID COMMAND OPERATION CODE; the field pointer names byte 0.</summary>
    public static SenseData InvalidOpcode => new SenseData(SenseKey.IllegalRequest, 0x20, 0x00).WithFieldPointer(true, 0, 7);

    /// <summary>INVALID FIELD IN CDB.</summary>
    /// <param name="at">Byte of the field in the CDB.</param>
    /// <param name="bit">Most significant bit of the field in that byte.</param>
    public static SenseData InvalidFieldInCdb(int at, int bit = 7) =>
        new SenseData(SenseKey.IllegalRequest, 0x24, 0x00).WithFieldPointer(true, (ushort)at, (byte)bit);

    /// <summary>INVALID FIELD IN PARAMETER LIST.</summary>
    /// <param name="at">Byte of the field in the parameter list.</param>
    /// <param name="bit">Most significant bit of the field in that byte.</param>
    public static SenseData InvalidFieldInParameterList(int at, int bit = 7) =>
        new SenseData(SenseKey.IllegalRequest, 0x26, 0x00).WithFieldPointer(false, (ushort)at, (byte)bit);

    /// <summary>PARAMETER LIST LENGTH ERROR.</summary>
    public static SenseData ParameterListLengthError => new(SenseKey.IllegalRequest, 0x1A, 0x00);

    /// <summary>LOGICAL BLOCK ADDRESS OUT OF RANGE.</summary>
    /// <param name="lba">First address that is not on the medium.</param>
    public static SenseData LbaOutOfRange(ulong lba) => new(SenseKey.IllegalRequest, 0x21, 0x00, lba);

    /// <summary>LOGICAL UNIT NOT SUPPORTED.</summary>
    public static SenseData LogicalUnitNotSupported => new(SenseKey.IllegalRequest, 0x25, 0x00);

    /// <summary>SAVING PARAMETERS NOT SUPPORTED.</summary>
    public static SenseData SavingParametersNotSupported => new(SenseKey.IllegalRequest, 0x39, 0x00);

    /// <summary>INVALID MESSAGE ERROR: the ACA task attribute while no ACA is in force (SAM-5 §8.6).</summary>
    public static SenseData InvalidMessageError => new(SenseKey.IllegalRequest, 0x49, 0x00);

    /// <summary>INVALID RELEASE OF PERSISTENT RESERVATION: by the holder, with another scope or type.</summary>
    public static SenseData InvalidReleaseOfReservation => new(SenseKey.IllegalRequest, 0x26, 0x04);

    /// <summary>INSUFFICIENT REGISTRATION RESOURCES: registrations are too many, or could not be kept.</summary>
    public static SenseData InsufficientRegistrationResources => new(SenseKey.IllegalRequest, 0x55, 0x04);

    /// <summary>MEDIUM REMOVAL PREVENTED.</summary>
    public static SenseData MediumRemovalPrevented => new(SenseKey.IllegalRequest, 0x53, 0x02);

    /// <summary>SET TARGET PORT GROUPS COMMAND FAILED: the states could not be kept (SPC-4 §6.45).</summary>
    public static SenseData SetTargetPortGroupsFailed => new(SenseKey.HardwareError, 0x67, 0x0A);

    /// <summary>WRITE PROTECTED.</summary>
    public static SenseData WriteProtected => new(SenseKey.DataProtect, 0x27, 0x00);

    /// <summary>SPACE ALLOCATION FAILED WRITE PROTECT: a thin device has no space left (SBC-3 §4.7).</summary>
    /// <param name="lba">First block of the failed range.</param>
    public static SenseData SpaceAllocationFailed(ulong lba) => new(SenseKey.DataProtect, 0x27, 0x07, lba);

    /// <summary>MEDIUM NOT PRESENT.</summary>
    public static SenseData MediumNotPresent => new(SenseKey.NotReady, 0x3A, 0x00);

    /// <summary>MEDIUM NOT PRESENT - TRAY CLOSED: the drive is empty.</summary>
    public static SenseData MediumNotPresentTrayClosed => new(SenseKey.NotReady, 0x3A, 0x01);

    /// <summary>MEDIUM NOT PRESENT - TRAY OPEN: the medium was ejected.</summary>
    public static SenseData MediumNotPresentTrayOpen => new(SenseKey.NotReady, 0x3A, 0x02);

    /// <summary>CANNOT READ MEDIUM - INCOMPATIBLE FORMAT: what is asked for has no meaning for this kind of medium.</summary>
    public static SenseData IncompatibleMedium => new(SenseKey.IllegalRequest, 0x30, 0x02);

    /// <summary>ILLEGAL MODE FOR THIS TRACK: sectors of another type are asked for than the track has.</summary>
    public static SenseData IllegalModeForThisTrack => new(SenseKey.IllegalRequest, 0x64, 0x00);

    /// <summary>LOGICAL UNIT NOT READY, INITIALIZING COMMAND REQUIRED: stopped, a START is needed.</summary>
    public static SenseData InitializingCommandRequired => new(SenseKey.NotReady, 0x04, 0x02);

    /// <summary>FORMAT UNIT is under way.</summary>
    public static SenseData FormatInProgress => new(SenseKey.NotReady, 0x04, 0x04);

    /// <summary>SANITIZE is under way.</summary>
    public static SenseData SanitizeInProgress => new(SenseKey.NotReady, 0x04, 0x1B);

    /// <summary>A self-test is under way; told by REQUEST SENSE only.</summary>
    public static SenseData SelfTestInProgress => new(SenseKey.NotReady, 0x04, 0x09);

    /// <summary>The last FORMAT UNIT did not come to its end.</summary>
    public static SenseData MediumFormatCorrupted => new(SenseKey.MediumError, 0x31, 0x00);

    /// <summary>The last SANITIZE failed.</summary>
    public static SenseData SanitizeFailed => new(SenseKey.MediumError, 0x31, 0x03);

    /// <summary>A block cannot be reassigned.</summary>
    /// <param name="lba">The block.</param>
    public static SenseData NoDefectSpareLocation(ulong lba) => new(SenseKey.HardwareError, 0x32, 0x00, lba);

    /// <summary>LOGICAL UNIT NOT READY, CAUSE NOT REPORTABLE.</summary>
    public static SenseData NotReady => new(SenseKey.NotReady, 0x04, 0x00);

    /// <summary>LOGICAL UNIT NOT ACCESSIBLE, ASYMMETRIC ACCESS STATE TRANSITION.</summary>
    public static SenseData PortInTransition => new(SenseKey.NotReady, 0x04, 0x0A);

    /// <summary>LOGICAL UNIT NOT ACCESSIBLE, TARGET PORT IN STANDBY STATE.</summary>
    public static SenseData PortInStandby => new(SenseKey.NotReady, 0x04, 0x0B);

    /// <summary>LOGICAL UNIT NOT ACCESSIBLE, TARGET PORT IN UNAVAILABLE STATE.</summary>
    public static SenseData PortUnavailable => new(SenseKey.NotReady, 0x04, 0x0C);

    /// <summary>LOGICAL UNIT NOT READY, OFFLINE.</summary>
    public static SenseData UnitOffline => new(SenseKey.NotReady, 0x04, 0x12);

    /// <summary>UNRECOVERED READ ERROR.</summary>
    /// <param name="lba">First block of the failed range.</param>
    public static SenseData UnrecoveredReadError(ulong lba) => new(SenseKey.MediumError, 0x11, 0x00, lba);

    /// <summary>READ ERROR - LBA MARKED BAD BY APPLICATION CLIENT.</summary>
    /// <param name="lba">The block.</param>
    public static SenseData MarkedBadByClient(ulong lba) => new(SenseKey.MediumError, 0x11, 0x14, lba);

    /// <summary>WRITE ERROR.</summary>
    /// <param name="lba">First block of the failed range.</param>
    public static SenseData WriteError(ulong lba) => new(SenseKey.MediumError, 0x0C, 0x00, lba);

    /// <summary>INTERNAL TARGET FAILURE.</summary>
    public static SenseData InternalTargetFailure => new(SenseKey.HardwareError, 0x44, 0x00);

    /// <summary>MISCOMPARE DURING VERIFY OPERATION.</summary>
    /// <param name="information">First block that differs (VERIFY), or offset of the first byte that differs (COMPARE AND WRITE).</param>
    public static SenseData Miscompare(ulong information) => new(SenseKey.Miscompare, 0x1D, 0x00, information);

    /// <summary>COMMANDS CLEARED BY DEVICE SERVER: a copy was ended by COPY OPERATION ABORT (SPC-4 §6.3).</summary>
    public static SenseData CopyAborted => new(SenseKey.CopyAborted, 0x2F, 0x02);

    /// <summary>THIRD PARTY DEVICE FAILURE: a disk that a copy reads or writes did not do as it was told (SPC-4 §5.17.7).</summary>
    public static SenseData ThirdPartyDeviceFailure => new(SenseKey.CopyAborted, 0x0D, 0x01);

    /// <summary>COPY TARGET DEVICE NOT REACHABLE: no disk of this target has that name.</summary>
    /// <param name="at">Byte of the parameter list.</param>
    public static SenseData CopyTargetNotReachable(int at) => new SenseData(SenseKey.CopyAborted, 0x0D, 0x02).WithSegmentPointer(false, (ushort)at);

    /// <summary>UNREACHABLE COPY TARGET: a segment names a disk that the list does not have.</summary>
    /// <param name="at">Byte of the segment.</param>
    public static SenseData UnreachableCopyTarget(int at) => new SenseData(SenseKey.CopyAborted, 0x08, 0x04).WithSegmentPointer(true, (ushort)at);

    /// <summary>NO ADDITIONAL SENSE INFORMATION: a segment leaves a disk.</summary>
    /// <param name="at">Byte of the segment.</param>
    public static SenseData CopyLeavesDisk(int at) => new SenseData(SenseKey.CopyAborted, 0x00, 0x00).WithSegmentPointer(true, (ushort)at);

    /// <summary>INCORRECT COPY TARGET DEVICE TYPE.</summary>
    /// <param name="at">Byte of the parameter list.</param>
    public static SenseData IncorrectCopyTargetType(int at) => new SenseData(SenseKey.CopyAborted, 0x0D, 0x03).WithSegmentPointer(false, (ushort)at);

    /// <summary>TOO MANY TARGET DESCRIPTORS.</summary>
    public static SenseData TooManyCopyDisks => new(SenseKey.IllegalRequest, 0x26, 0x06);

    /// <summary>UNSUPPORTED TARGET DESCRIPTOR TYPE CODE.</summary>
    /// <param name="at">Byte of the parameter list.</param>
    public static SenseData UnsupportedCopyDisk(int at) => new SenseData(SenseKey.IllegalRequest, 0x26, 0x07).WithFieldPointer(false, (ushort)at, 7);

    /// <summary>TOO MANY SEGMENT DESCRIPTORS.</summary>
    public static SenseData TooManyCopySegments => new(SenseKey.IllegalRequest, 0x26, 0x08);

    /// <summary>UNSUPPORTED SEGMENT DESCRIPTOR TYPE CODE.</summary>
    /// <param name="at">Byte of the parameter list.</param>
    public static SenseData UnsupportedCopySegment(int at) => new SenseData(SenseKey.IllegalRequest, 0x26, 0x09).WithFieldPointer(false, (ushort)at, 7);

    /// <summary>UNEXPECTED INEXACT SEGMENT: a segment is not a number of whole blocks of both disks.</summary>
    /// <param name="at">Byte of the segment.</param>
    public static SenseData InexactSegment(int at) => new SenseData(SenseKey.CopyAborted, 0x26, 0x0A).WithSegmentPointer(true, (ushort)at);

    /// <summary>INLINE DATA LENGTH EXCEEDED.</summary>
    public static SenseData InlineDataLengthExceeded => new(SenseKey.IllegalRequest, 0x26, 0x0B);

    /// <summary>OPERATION IN PROGRESS: the list identifier names a copy that runs.</summary>
    public static SenseData CopyInProgress => new(SenseKey.IllegalRequest, 0x00, 0x16);

    /// <summary>INSUFFICIENT RESOURCES TO CREATE ROD TOKEN.</summary>
    public static SenseData InsufficientTokenResources => new(SenseKey.IllegalRequest, 0x55, 0x0D);

    /// <summary>INVALID TOKEN OPERATION, for the reason that the qualifier tells: 01h type, 04h unknown, 05h corrupt, 06h revoked, 07h expired, 09h deleted, 0Ah length.</summary>
    public static SenseData InvalidToken(byte qualifier) => new(SenseKey.IllegalRequest, 0x23, qualifier);

    /// <summary>POWER ON, RESET, OR BUS DEVICE RESET OCCURRED.</summary>
    public static SenseData PowerOnOccurred => new(SenseKey.UnitAttention, 0x29, 0x00);

    /// <summary>BUS DEVICE RESET FUNCTION OCCURRED: a logical unit or target was reset by task management.</summary>
    public static SenseData BusDeviceReset => new(SenseKey.UnitAttention, 0x29, 0x03);

    /// <summary>I_T NEXUS LOSS OCCURRED.</summary>
    public static SenseData NexusLoss => new(SenseKey.UnitAttention, 0x29, 0x07);

    /// <summary>NOT READY TO READY CHANGE, MEDIUM MAY HAVE CHANGED.</summary>
    public static SenseData MediumMayHaveChanged => new(SenseKey.UnitAttention, 0x28, 0x00);

    /// <summary>MODE PARAMETERS CHANGED.</summary>
    public static SenseData ModeParametersChanged => new(SenseKey.UnitAttention, 0x2A, 0x01);

    /// <summary>Another nexus set log parameters back.</summary>
    public static SenseData LogParametersChanged => new(SenseKey.UnitAttention, 0x2A, 0x02);

    /// <summary>RESERVATIONS PREEMPTED: CLEAR took the registrations of all.</summary>
    public static SenseData ReservationsPreempted => new(SenseKey.UnitAttention, 0x2A, 0x03);

    /// <summary>RESERVATIONS RELEASED: a reservation that registered nexuses shared is no more, or of another type.</summary>
    public static SenseData ReservationsReleased => new(SenseKey.UnitAttention, 0x2A, 0x04);

    /// <summary>REGISTRATIONS PREEMPTED: another nexus took the registration away.</summary>
    public static SenseData RegistrationsPreempted => new(SenseKey.UnitAttention, 0x2A, 0x05);

    /// <summary>ASYMMETRIC ACCESS STATE CHANGED.</summary>
    public static SenseData AccessStateChanged => new(SenseKey.UnitAttention, 0x2A, 0x06);

    /// <summary>CAPACITY DATA HAS CHANGED.</summary>
    public static SenseData CapacityDataChanged => new(SenseKey.UnitAttention, 0x2A, 0x09);

    /// <summary>COMMANDS CLEARED BY ANOTHER INITIATOR.</summary>
    public static SenseData CommandsClearedByAnotherInitiator => new(SenseKey.UnitAttention, 0x2F, 0x00);

    /// <summary>REPORTED LUNS DATA HAS CHANGED.</summary>
    public static SenseData ReportedLunsDataChanged => new(SenseKey.UnitAttention, 0x3F, 0x0E);

    /// <summary>PROTOCOL SERVICE CRC ERROR: a data digest was wrong (RFC 7143 §11.4.7.2).</summary>
    public static SenseData ProtocolServiceCrcError => new(SenseKey.AbortedCommand, 0x47, 0x05);

    /// <summary>SOME COMMANDS CLEARED BY ISCSI PROTOCOL EVENT.</summary>
    public static SenseData CommandsClearedByIscsiEvent => new(SenseKey.UnitAttention, 0x47, 0x7F);

    /// <summary>Write error, unexpected unsolicited data (RFC 7143 §11.4.7.2).</summary>
    public static SenseData UnexpectedUnsolicitedData => new(SenseKey.AbortedCommand, 0x0C, 0x0C);

    /// <summary>Write error, incorrect amount of data: not what FirstBurstLength or an R2T asked for (RFC 7143 §11.4.7.2).</summary>
    public static SenseData IncorrectAmountOfData => new(SenseKey.AbortedCommand, 0x0C, 0x0D);

    /// <summary>LOGICAL BLOCK GUARD CHECK FAILED.</summary>
    /// <param name="lba">The block, where it is known.</param>
    public static SenseData GuardCheckFailed(ulong? lba) => new(SenseKey.AbortedCommand, 0x10, 0x01, lba);

    /// <summary>LOGICAL BLOCK APPLICATION TAG CHECK FAILED.</summary>
    /// <param name="lba">The block, where it is known.</param>
    public static SenseData ApplicationTagCheckFailed(ulong? lba) => new(SenseKey.AbortedCommand, 0x10, 0x02, lba);

    /// <summary>LOGICAL BLOCK REFERENCE TAG CHECK FAILED.</summary>
    /// <param name="lba">The block, where it is known.</param>
    public static SenseData ReferenceTagCheckFailed(ulong? lba) => new(SenseKey.AbortedCommand, 0x10, 0x03, lba);

    /// <summary>Read error, SNACK rejected (RFC 7143 §11.4.7.2).</summary>
    public static SenseData SnackRejected => new(SenseKey.AbortedCommand, 0x11, 0x13);

    /// <summary>A self-test found a failure.</summary>
    public static SenseData SelfTestFailed => new(SenseKey.HardwareError, 0x3E, 0x03);

    /// <summary>The echo buffer has what another nexus wrote.</summary>
    public static SenseData EchoBufferOverwritten => new(SenseKey.IllegalRequest, 0x3F, 0x0F);

    /// <summary>Commands came in an order that makes no sense.</summary>
    public static SenseData CommandSequenceError => new(SenseKey.IllegalRequest, 0x2C, 0x00);

    /// <summary>PREVIOUS BUSY STATUS: a command ended with BUSY (UA_INTLCK_CTRL, SPC-4 §7.5.8).</summary>
    public static SenseData PreviousBusyStatus => new(SenseKey.UnitAttention, 0x2C, 0x07);

    /// <summary>PREVIOUS TASK SET FULL STATUS.</summary>
    public static SenseData PreviousTaskSetFullStatus => new(SenseKey.UnitAttention, 0x2C, 0x08);

    /// <summary>PREVIOUS RESERVATION CONFLICT STATUS.</summary>
    public static SenseData PreviousReservationConflictStatus => new(SenseKey.UnitAttention, 0x2C, 0x09);

    /// <summary>FAILURE PREDICTION THRESHOLD EXCEEDED (FALSE): what TEST of the informational exceptions page pretends (SPC-4 §7.5.11).</summary>
    public static SenseData FailurePredictionFalse => new(SenseKey.UnitAttention, 0x5D, 0xFF);

    /// <summary>There is no place for what the command wants kept.</summary>
    public static SenseData InsufficientResources => new(SenseKey.IllegalRequest, 0x55, 0x03);

    /// <summary>Another nexus set the timestamp.</summary>
    public static SenseData TimestampChanged => new(SenseKey.UnitAttention, 0x2A, 0x10);

    /// <summary>Another nexus set the identifying information.</summary>
    public static SenseData DeviceIdentifierChanged => new(SenseKey.UnitAttention, 0x3F, 0x05);

    /// <summary>The space that is used, or left, has reached a threshold.</summary>
    public static SenseData SoftThresholdReached => new(SenseKey.UnitAttention, 0x38, 0x07);
}
