using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>Data-in of commands that report parameters, cut to the ALLOCATION LENGTH of the CDB (SPC-4 §4.2.5.6).</summary>
internal static class ParameterData
{
    /// <summary>Largest parameter data of a command without a bound of its own, in bytes.</summary>
    public const int Most = 4096;

    /// <summary>Plans a command that answers at once with at most so many bytes.</summary>
    public static SenseData? Plan(ScsiCommand command, uint allocationLength, int mostBytes = Most)
    {
        command.DataInPlanned = Math.Min(allocationLength, (uint)mostBytes);
        command.CompletesInline = true;
        return null;
    }

    /// <summary>Answers with GOOD and as much of the data as was planned.</summary>
    public static ValueTask Answer(ScsiCommand command, ReadOnlySpan<byte> data)
    {
        int length = (int)Math.Min((uint)data.Length, command.DataInPlanned);
        data[..length].CopyTo(command.RentDataIn(length).Span);
        command.Complete(ScsiStatus.Good);
        return default;
    }
}
