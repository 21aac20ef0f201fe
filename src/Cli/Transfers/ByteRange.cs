using System.Globalization;
using Blockwire.Initiator;

namespace Blockwire.Cli.Transfers;

/// <summary>Bytes of a unit, and how they lie in its blocks.</summary>
/// <param name="Begin">The first byte.</param>
/// <param name="End">The byte behind the last.</param>
/// <param name="BlockBytes">Bytes in a block.</param>
/// <param name="ChunkBytes">Bytes of one command: whole blocks.</param>
internal readonly record struct ByteRange(long Begin, long End, int BlockBytes, int ChunkBytes)
{
    /// <summary>The range that was asked for.</summary>
    /// <exception cref="CliException">It leaves the unit, or the unit has no size.</exception>
    public static ByteRange Of(LogicalUnit unit, TransferArguments arguments)
    {
        if (unit.Facts.Capacity is null)
        {
            throw new CliException(unit.Facts.CapacityProblem ?? $"{unit.Name}: it has no capacity; choose a LUN that is a disk with a medium");
        }

        long size = checked((long)(unit.BlockCount * unit.BlockBytes));
        long end = arguments.Length is { } length ? length <= size - arguments.Offset ? arguments.Offset + length : long.MaxValue : size;
        if (arguments.Offset > size || end > size)
        {
            throw new CliException(string.Create(
                CultureInfo.InvariantCulture,
                $"{unit.Name}: it has {size} bytes, and offset {arguments.Offset}{(arguments.Length is { } asked ? $" with length {asked}" : "")} leads beyond; choose a smaller --offset or --length"));
        }

        int block = (int)unit.BlockBytes;
        return new ByteRange(arguments.Offset, end, block, Math.Max(block, arguments.Block / block * block));
    }

    /// <summary>The block that a byte is in, as the offset of its first byte.</summary>
    public long Down(long position) => position - (position % BlockBytes);

    /// <summary>The offset of the first whole block from a byte on.</summary>
    public long Up(long position) => Down(position + BlockBytes - 1);
}
