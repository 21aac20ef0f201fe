using System.Buffers.Binary;
using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>The CDB of the simulated disk: it names the attempt, so that the disk can tell the same command delivered twice from two commands.</summary>
/// <param name="IsWrite">Write, else read.</param>
/// <param name="IsInline">Done as soon as it is started.</param>
/// <param name="IsLent">The data of a read is the disk's own memory, not a rented buffer.</param>
/// <param name="CanReread">A read may be run again for its data.</param>
/// <param name="FirstBlock">Where it begins.</param>
/// <param name="Blocks">How many.</param>
/// <param name="Attempt">The attempt that it is.</param>
internal readonly record struct Cdb(bool IsWrite, bool IsInline, bool IsLent, bool CanReread, int FirstBlock, int Blocks, uint Attempt)
{
    public int Bytes => Blocks * SimDisk.BlockBytes;

    public static Cdb Read(ReadOnlySpan<byte> cdb) => new(
        cdb[0] == 0x2A,
        (cdb[1] & 1) != 0,
        (cdb[1] & 2) != 0,
        (cdb[1] & 4) != 0,
        BinaryPrimitives.ReadUInt16BigEndian(cdb[2..]),
        BinaryPrimitives.ReadUInt16BigEndian(cdb[4..]),
        BinaryPrimitives.ReadUInt32BigEndian(cdb[6..]));

    public Cdb16 ToCdb16()
    {
        Span<byte> cdb = stackalloc byte[16];
        cdb.Clear();
        cdb[0] = IsWrite ? (byte)0x2A : (byte)0x28;
        cdb[1] = (byte)((IsInline ? 1 : 0) | (IsLent ? 2 : 0) | (CanReread ? 4 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(cdb[2..], (ushort)FirstBlock);
        BinaryPrimitives.WriteUInt16BigEndian(cdb[4..], (ushort)Blocks);
        BinaryPrimitives.WriteUInt32BigEndian(cdb[6..], Attempt);
        return Cdb16.From(cdb);
    }
}
