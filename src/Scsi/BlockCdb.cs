using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>Address and length of a block command, as CDBs of 6, 10, 12 and 16 bytes hold them (SPC-4 §4.2.2, SBC-3 §5).</summary>
/// <param name="Lba">LOGICAL BLOCK ADDRESS.</param>
/// <param name="BlockCount">TRANSFER LENGTH or its like, in blocks.</param>
/// <param name="LengthAt">Byte of the CDB where the length begins.</param>
public readonly record struct BlockCdb(ulong Lba, uint BlockCount, int LengthAt)
{
    private const uint Read6Lba = 0x1F_FFFF;
    private const uint Read6Most = 256;

    /// <summary>Reads a CDB whose length follows from the group code of its operation code: groups 0, 1, 2, 4 and 5.</summary>
    /// <exception cref="ArgumentException">The CDB is of another group, or too short for it.</exception>
    public static BlockCdb Read(ReadOnlySpan<byte> cdb)
    {
        switch (cdb.IsEmpty ? -1 : cdb[0] >> 5)
        {
            case 0 when cdb.Length >= 6:
                // In the six-byte form a length of zero means 256 blocks (SBC-2).
                return new BlockCdb(U32(cdb, 0) & Read6Lba, cdb[4] == 0 ? Read6Most : cdb[4], 4);
            case 1 or 2 when cdb.Length >= 10:
                return new BlockCdb(U32(cdb, 2), BinaryPrimitives.ReadUInt16BigEndian(cdb[7..]), 7);
            case 5 when cdb.Length >= 12:
                return new BlockCdb(U32(cdb, 2), U32(cdb, 6), 6);
            case 4 when cdb.Length >= 16:
                return new BlockCdb(BinaryPrimitives.ReadUInt64BigEndian(cdb[2..]), U32(cdb, 10), 10);
            default:
                throw new ArgumentException("not a CDB of a block command", nameof(cdb));
        }
    }

    private static uint U32(ReadOnlySpan<byte> cdb, int at) => BinaryPrimitives.ReadUInt32BigEndian(cdb[at..]);
}
