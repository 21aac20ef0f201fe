using System.Buffers.Binary;

namespace Blockwire.Simulation.Tests;

/// <summary>What a block holds: its version and its place, and behind them bytes that follow from the two, so that every mix-up of buffers shows.</summary>
internal static class BlockContent
{
    public static void Fill(Span<byte> block, ulong version, int number)
    {
        BinaryPrimitives.WriteUInt64BigEndian(block, version);
        BinaryPrimitives.WriteUInt64BigEndian(block[8..], (ulong)number);
        ulong mixed = SimRandom.Mix((version << 16) ^ (ulong)number);
        for (int at = 16; at < SimDisk.BlockBytes; at += 8)
        {
            BinaryPrimitives.WriteUInt64BigEndian(block[at..], mixed + (ulong)at);
        }
    }

    /// <summary>The version that a block holds, or null when it is not a block of that place at all.</summary>
    public static ulong? VersionOf(ReadOnlySpan<byte> block, int number)
    {
        Span<byte> expected = stackalloc byte[SimDisk.BlockBytes];
        ulong version = BinaryPrimitives.ReadUInt64BigEndian(block);
        Fill(expected, version, number);
        return block.SequenceEqual(expected) ? version : null;
    }
}
