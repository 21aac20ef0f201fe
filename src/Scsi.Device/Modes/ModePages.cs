using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Modes;

/// <summary>The mode pages of a disk (SPC-4 §7.5, SBC-3 §6.5), in the order of reports.</summary>
internal static class ModePages
{
    /// <summary>Offsets and bits that the device server itself looks at.</summary>
    public const int CachingFlagsAt = 2, ControlFlagsAt = 2, ControlQueueAt = 3, ControlProtectAt = 4, ControlTagsAt = 5, RecoveryProvisioningAt = 7, ExceptionsFlagsAt = 2,
        ExceptionsMethodAt = 3, PowerFlagsAt = 2;

    /// <summary>WCE of the caching page.</summary>
    public const byte WriteCacheEnable = 0x04;

    /// <summary>D_SENSE of the control page.</summary>
    public const byte DescriptorSense = 0x04;

    /// <summary>DPICZ of the control page: what is read without protection information is not checked.</summary>
    public const byte SkipChecks = 0x08;

    /// <summary>ATO of the control page, in its byte 5: initiators own the application tags.</summary>
    public const byte TagOwner = 0x80;

    /// <summary>TST of the control page is 1: a task set for each nexus. The other values are reserved, so one bit is all there is to change.</summary>
    public const byte TaskSetPerNexus = 0x20;

    /// <summary>TMF_ONLY of the control page: a faulted nexus may send no commands, only functions.</summary>
    public const byte TaskManagementOnly = 0x10;

    /// <summary>QERR of the control page.</summary>
    public const byte QueueError = 0x06;

    /// <summary>UA_INTLCK_CTRL of the control page.</summary>
    public const byte AttentionInterlock = 0x30;

    /// <summary>TAS of the control page, in its byte 5.</summary>
    public const byte TaskAbortedStatus = 0x40;

    /// <summary>DEXCPT of the informational exceptions page.</summary>
    public const byte ExceptionsDisabled = 0x08;

    /// <summary>TEST of the informational exceptions page.</summary>
    public const byte ExceptionsTest = 0x04;

    /// <summary>MRIE of the informational exceptions page: not at all, by unit attention, on request.</summary>
    public const byte MethodNone = 0, MethodAttention = 2, MethodOnRequest = 6;

    /// <summary>SWP of the control page.</summary>
    public const byte SoftwareWriteProtect = 0x08;

    /// <summary>LBPERE of the read-write error recovery page: thresholds of provisioning are reported.</summary>
    public const byte ProvisioningReports = 0x80;

    /// <summary>STANDBY_Y of the power condition page, in its byte 2.</summary>
    public const byte StandbyYTimer = 0x01;

    /// <summary>IDLE_C, IDLE_B, IDLE_A and STANDBY_Z of the power condition page, in its byte 3.</summary>
    public const byte OtherPowerTimers = 0x0F;

    private const byte IscsiProtocol = 5;

    /// <summary>Every page.</summary>
    public static IReadOnlyList<ModePage> All { get; } =
    [
        // Nothing is retried, reallocated or reported as recovered here: what the disk says is final.
        new(PageCodes.Mode.ReadWriteErrorRecovery, 0, 12, WriteRecovery, WriteRecovery),
        new(PageCodes.Mode.DisconnectReconnect, 0, 16, Nothing),
        new(PageCodes.Mode.VerifyErrorRecovery, 0, 12, Nothing),
        new(PageCodes.Mode.Caching, 0, 20, WriteCaching, WriteCaching),
        new(PageCodes.Mode.Control, 0, 12, WriteControl, WriteControlMask, CheckControl),
        new(PageCodes.Mode.Control, PageCodes.Mode.ControlExtensionSubpage, 32, WriteControlExtension),
        new(PageCodes.Mode.ProtocolSpecificUnit, 0, 8, WriteProtocol),
        new(PageCodes.Mode.ProtocolSpecificPort, 0, 8, WriteProtocol),
        new(PageCodes.Mode.PowerCondition, 0, 40, Nothing, WritePowerMask),
        new(PageCodes.Mode.InformationalExceptions, 0, 12, WriteInformationalExceptions, WriteExceptionsMask, CheckExceptions),
        new(
            PageCodes.Mode.InformationalExceptions,
            PageCodes.Mode.LogicalBlockProvisioningSubpage,
            ProvisioningThreshold.PageLength,
            ProvisioningThreshold.WriteDefaults,
            ProvisioningThreshold.WriteMask,
            OnlyThin: true),
    ];

    /// <summary>The pages of a kind of logical unit.</summary>
    public static IReadOnlyList<ModePage> For(ModeScope scope) => scope.CdDvd ? CdDvdModePages.All : [.. All.Where(page => scope.Thin || !page.OnlyThin)];

    private static void Nothing(ModeScope scope, Span<byte> page)
    {
    }

    private static void WriteRecovery(ModeScope scope, Span<byte> page) => page[RecoveryProvisioningAt] = scope.Thin ? ProvisioningReports : (byte)0;

    // WCE: what was written is stable only after FUA or SYNCHRONIZE CACHE (SBC-3 §6.5.5). Without it every write goes through.
    private static void WriteCaching(ModeScope scope, Span<byte> page) => page[CachingFlagsAt] = scope.ReadOnly ? (byte)0 : WriteCacheEnable;

    // GLTSD: log parameters are saved by LOG SELECT and LOG SENSE alone. One task set for all nexuses, unrestricted reordering, busy for as long as it takes
    // (SPC-4 §7.5.8).
    private static void WriteControl(ModeScope scope, Span<byte> page)
    {
        page[ControlFlagsAt] = 0x02;
        page[3] = 0x10;
        BinaryPrimitives.WriteUInt16BigEndian(page[8..], ushort.MaxValue);
    }

    private static void WriteControlMask(ModeScope scope, Span<byte> page)
    {
        page[ControlFlagsAt] = (byte)(TaskSetPerNexus | TaskManagementOnly | DescriptorSense | (scope.Protected ? SkipChecks : 0));
        page[ControlQueueAt] = QueueError;
        page[ControlProtectAt] = AttentionInterlock | SoftwareWriteProtect;
        page[ControlTagsAt] = (byte)(TaskAbortedStatus | (scope.Protected ? TagOwner : 0));
    }

    // 10b of QERR and 01b of UA_INTLCK_CTRL are reserved.
    private static int CheckControl(ReadOnlySpan<byte> page) =>
        (page[ControlQueueAt] & QueueError) == 0x04 ? ControlQueueAt
        : (page[ControlProtectAt] & AttentionInterlock) == 0x10 ? ControlProtectAt
        : -1;

    // TCMOS and SCSIP: the machine's clock is the timestamp, until SET TIMESTAMP takes precedence (SPC-4 §7.5.9).
    private static void WriteControlExtension(ModeScope scope, Span<byte> page)
    {
        page[4] = 0x06;
        page[6] = SenseData.MaxLength;
    }

    // iSCSI has no mode pages of its own (RFC 7143 §5): the protocol identifier is all there is to say.
    private static void WriteProtocol(ModeScope scope, Span<byte> page) => page[2] = IscsiProtocol;

    // Five timers (SPC-4 §7.5.13): whether they run, and how many tenths of a second.
    private static void WritePowerMask(ModeScope scope, Span<byte> page)
    {
        page[PowerFlagsAt] = StandbyYTimer;
        page[PowerFlagsAt + 1] = OtherPowerTimers;
        page[4..24].Fill(0xFF);
    }

    // DEXCPT: there are no exceptions to report but the one that TEST asks for, and that is reported once (SPC-4 §7.5.11).
    private static void WriteInformationalExceptions(ModeScope scope, Span<byte> page)
    {
        page[ExceptionsFlagsAt] = ExceptionsDisabled;
        page[11] = 1;
    }

    private static void WriteExceptionsMask(ModeScope scope, Span<byte> page)
    {
        page[ExceptionsFlagsAt] = ExceptionsDisabled | ExceptionsTest;
        page[ExceptionsMethodAt] = 0x0F;
    }

    private static int CheckExceptions(ReadOnlySpan<byte> page) =>
        (page[ExceptionsFlagsAt] & (ExceptionsDisabled | ExceptionsTest)) == (ExceptionsDisabled | ExceptionsTest) ? ExceptionsFlagsAt
        : page[ExceptionsMethodAt] is MethodNone or MethodAttention or MethodOnRequest ? -1
        : ExceptionsMethodAt;
}
