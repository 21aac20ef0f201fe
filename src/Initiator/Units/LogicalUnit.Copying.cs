using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>Copies that the target makes by itself.</summary>
public sealed partial class LogicalUnit
{
    /// <summary>RECEIVE COPY OPERATING PARAMETERS: what copies the target takes.</summary>
    public async ValueTask<CopyLimits> ReadCopyLimitsAsync(CancellationToken cancellationToken = default)
    {
        const string operation = "RECEIVE COPY OPERATING PARAMETERS";
        ReadOnlyMemory<byte> data = await _runner
            .FetchAsync(operation, PrimaryCdbs.ReceiveCopyResults(ServiceAction.ReceiveCopyOperatingParameters, 0, FirstReport), FirstReport, cancellationToken)
            .ConfigureAwait(false);
        return CopyLimits.Parse(data.Span) ?? throw Unreadable(operation, data.Length);
    }

    /// <summary>EXTENDED COPY: has the target copy blocks between its disks; ends when the copy is made.</summary>
    /// <param name="copy">Disks and segments; within what <see cref="ReadCopyLimitsAsync"/> tells.</param>
    /// <param name="longListIdentifier">The form LID4 instead of LID1.</param>
    /// <param name="cancellationToken">Aborts it; a part may be copied then.</param>
    public async ValueTask CopyAsync(CopyParameters copy, bool longListIdentifier = false, CancellationToken cancellationToken = default)
    {
        byte[] list = longListIdentifier ? copy.ToArray4() : copy.ToArray1();
        ScsiRequest request = _runner.Request(PrimaryCdbs.ExtendedCopy(longListIdentifier, (uint)list.Length), Repeat.OnlyIfNotRun) with { DataOut = list };
        await _runner.RunAsync(longListIdentifier ? "EXTENDED COPY(LID4)" : "EXTENDED COPY(LID1)", request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>This unit as EXTENDED COPY names it: by its NAA or EUI-64 designator.</summary>
    /// <exception cref="InvalidOperationException">It has neither.</exception>
    public CopyDisk AsCopyDisk() =>
        _facts.Designators.FirstOrDefault(static one =>
            one is { Association: DesignatorAssociation.LogicalUnit, Type: DesignatorType.Naa or DesignatorType.Eui64 }) is { } designator
            ? new CopyDisk(designator, BlockBytes)
            : throw new InvalidOperationException($"{Name} has no NAA or EUI-64 designator, so that EXTENDED COPY cannot name it; copy by reading and writing");
}
