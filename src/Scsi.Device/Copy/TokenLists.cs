using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;

namespace Blockwire.Scsi.Device.Copy;

/// <summary>What the parameter lists of POPULATE TOKEN and WRITE USING TOKEN share (SBC-3 §5.7.2 and §5.45.2): a length, and range descriptors at the end.</summary>
internal static class TokenLists
{
    private const int RangeLength = 16;

    /// <summary>Bytes of the longest list of a kind.</summary>
    public static int MostBytes(int header) => header + CopyBounds.TokenRanges * RangeLength;

    /// <summary>Reads the ranges and holds them against the medium, each other and the limits of VPD page 8Fh.</summary>
    /// <param name="unit">The logical unit.</param>
    /// <param name="list">The parameter list.</param>
    /// <param name="header">Where the range descriptors begin; their length stands in the two bytes before.</param>
    /// <param name="runs">The ranges that are not empty.</param>
    public static SenseData? Read(LogicalUnit unit, ReadOnlySpan<byte> list, int header, out List<BlockRun> runs)
    {
        runs = [];
        if (list.Length < header)
        {
            return Sense.ParameterListLengthError;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(list[(header - 2)..]);
        if (BinaryPrimitives.ReadUInt16BigEndian(list) < header - 2 + length)
        {
            return Sense.InvalidFieldInParameterList(0);
        }

        if (length % RangeLength != 0 || length > CopyBounds.TokenRanges * RangeLength)
        {
            return Sense.InvalidFieldInParameterList(header - 2);
        }

        if (length > list.Length - header)
        {
            return Sense.ParameterListLengthError;
        }

        ulong total = 0;
        for (int at = header; at < header + length; at += RangeLength)
        {
            BlockRun run = new(BinaryPrimitives.ReadUInt64BigEndian(list[at..]), BinaryPrimitives.ReadUInt32BigEndian(list[(at + 8)..]));
            if (BlockRange.Check(unit, run.Lba, run.BlockCount) is { } outside)
            {
                return outside;
            }

            total += run.BlockCount;
            if (total * unit.Traits.BlockBytes > CopyBounds.TokenBytes)
            {
                return Sense.InvalidFieldInParameterList(at + 8);
            }

            if (runs.Exists(it => it.Lba < run.Lba + run.BlockCount && run.Lba < it.Lba + it.BlockCount))
            {
                // No block may be in two ranges (SBC-3 §5.7.3).
                return Sense.InvalidFieldInParameterList(at);
            }

            if (run.BlockCount > 0)
            {
                runs.Add(run);
            }
        }

        return null;
    }
}
