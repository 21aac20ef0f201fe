using System.Globalization;
using System.Text;

namespace Blockwire.Scsi;

/// <summary>Statuses and sense data in words, as messages and tools show them.</summary>
public static class SenseText
{
    /// <summary>The sense key as SPC-4 table 28 spells it.</summary>
    public static string Of(SenseKey key) => key switch
    {
        SenseKey.NoSense => "NO SENSE",
        SenseKey.RecoveredError => "RECOVERED ERROR",
        SenseKey.NotReady => "NOT READY",
        SenseKey.MediumError => "MEDIUM ERROR",
        SenseKey.HardwareError => "HARDWARE ERROR",
        SenseKey.IllegalRequest => "ILLEGAL REQUEST",
        SenseKey.UnitAttention => "UNIT ATTENTION",
        SenseKey.DataProtect => "DATA PROTECT",
        SenseKey.BlankCheck => "BLANK CHECK",
        SenseKey.VendorSpecific => "VENDOR SPECIFIC",
        SenseKey.CopyAborted => "COPY ABORTED",
        SenseKey.AbortedCommand => "ABORTED COMMAND",
        SenseKey.VolumeOverflow => "VOLUME OVERFLOW",
        SenseKey.Miscompare => "MISCOMPARE",
        SenseKey.Completed => "COMPLETED",
        _ => Invariant($"sense key {(byte)key:X}h"),
    };

    /// <summary>The status as SAM-5 table 48 spells it.</summary>
    public static string Of(ScsiStatus status) => status switch
    {
        ScsiStatus.Good => "GOOD",
        ScsiStatus.CheckCondition => "CHECK CONDITION",
        ScsiStatus.ConditionMet => "CONDITION MET",
        ScsiStatus.Busy => "BUSY",
        ScsiStatus.ReservationConflict => "RESERVATION CONFLICT",
        ScsiStatus.TaskSetFull => "TASK SET FULL",
        ScsiStatus.AcaActive => "ACA ACTIVE",
        ScsiStatus.TaskAborted => "TASK ABORTED",
        _ => Invariant($"status {(byte)status:X2}h"),
    };

    /// <summary>The name of an additional sense code with its qualifier; the two numbers when it has no name here.</summary>
    public static string OfCode(byte code, byte qualifier) => AdditionalSense.Find(code, qualifier) ?? code switch
    {
        // One row stands for a whole range in the standard's table.
        0x40 => Invariant($"DIAGNOSTIC FAILURE ON COMPONENT {qualifier:X2}h"),
        0x4D => Invariant($"TAGGED OVERLAPPED COMMANDS (task tag {qualifier:X2}h)"),
        >= 0x80 => Invariant($"vendor specific {code:X2}h/{qualifier:X2}h"),
        _ => qualifier >= 0x80 ? Invariant($"vendor specific {code:X2}h/{qualifier:X2}h") : Invariant($"additional sense {code:X2}h/{qualifier:X2}h"),
    };

    /// <summary>All that the sense data says, on one line.</summary>
    public static string Of(in SenseData sense)
    {
        StringBuilder text = new();
        text.Append(Of(sense.Key)).Append(": ").Append(OfCode(sense.Asc, sense.Ascq));
        if (sense.HasFieldPointer)
        {
            text.Append(CultureInfo.InvariantCulture, $" (byte {sense.FieldByte}");
            if (sense.FieldBit is { } bit)
            {
                text.Append(CultureInfo.InvariantCulture, $", bit {bit}");
            }

            text.Append(sense.FieldPointerIsInCdb ? " of the CDB)" : " of the parameter list)");
        }

        if (sense.HasSegmentPointer)
        {
            text.Append(CultureInfo.InvariantCulture, $" (byte {sense.FieldByte} of the {(sense.SegmentPointerIsInSegment ? "segment" : "parameter list")})");
        }

        if (sense.HasProgress)
        {
            text.Append(CultureInfo.InvariantCulture, $" ({sense.Progress * 100L / 65536}% done)");
        }

        if (sense.Information is { } information)
        {
            text.Append(CultureInfo.InvariantCulture, $", information {information}");
        }

        if (sense.CommandSpecific is { } specific)
        {
            text.Append(CultureInfo.InvariantCulture, $", {(sense.Key == SenseKey.CopyAborted ? "segment" : "command-specific information")} {specific}");
        }

        return text.Append(sense.Deferred ? ", of an earlier command" : "").ToString();
    }

    /// <summary>Status and, where there is some, sense data on one line, from the bytes that came.</summary>
    public static string Of(ScsiStatus status, ReadOnlySpan<byte> sense) =>
        SenseData.Parse(sense) is { } read ? $"{Of(status)}, {Of(read)}"
        : sense.IsEmpty ? Of(status)
        : Invariant($"{Of(status)}, {sense.Length} bytes of sense data in no known format");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
