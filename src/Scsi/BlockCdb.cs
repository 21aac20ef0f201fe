using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>Address and length of a block command, as CDBs of 6, 10, 12, 16 and 32 bytes hold them (SPC-4 §4.2.2, SBC-3 §5).</summary>
/// <param name="Lba">LOGICAL BLOCK ADDRESS.</param>
/// <param name="BlockCount">TRANSFER LENGTH or its like, in blocks.</param>
/// <param name="LengthAt">Byte of the CDB where the length begins.</param>
public readonly record struct BlockCdb(ulong Lba, uint BlockCount, int LengthAt)
{
    private const uint Read6Lba = 0x1F_FFFF;
    private const uint Read6Most = 256;

    /// <summary>Is it a CDB of variable length, such as READ(32)?</summary>
    public static bool IsLong(ReadOnlySpan<byte> cdb) => cdb[0] == OperationCode.VariableLength;

    /// <summary>Byte of the CDB with the protection bits, DPO, FUA and their like: 10 in CDBs of 32 bytes, else 1.</summary>
    public static int FlagsAt(ReadOnlySpan<byte> cdb) => IsLong(cdb) ? 10 : 1;

    /// <summary>The protection bits, DPO, FUA and their like; 0 in CDBs of six bytes, which have none.</summary>
    public static byte FlagsOf(ReadOnlySpan<byte> cdb) => cdb[0] >> 5 == 0 ? (byte)0 : cdb[FlagsAt(cdb)];

    /// <summary>Reads a CDB whose length follows from the group code of its operation code, groups 0, 1, 2, 4 and 5, or one of 32 bytes.</summary>
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
            case 3 when IsLong(cdb) && cdb.Length >= LongBlockCdb.Length:
                return new BlockCdb(BinaryPrimitives.ReadUInt64BigEndian(cdb[12..]), U32(cdb, 28), 28);
            default:
                throw new ArgumentException("not a CDB of a block command", nameof(cdb));
        }
    }

    /// <summary>
    /// Makes a CDB whose layout follows from the group code of its operation code: groups 0, 1, 2, 4 and 5. Fits tells beforehand whether the address and the length
    /// have room.
    /// </summary>
    /// <param name="operationCode">Operation code.</param>
    /// <param name="flags">Byte 1: protection, DPO, FUA and their like; not for CDBs of six bytes, which have none.</param>
    /// <param name="lba">First block.</param>
    /// <param name="blockCount">TRANSFER LENGTH or its like, in blocks.</param>
    /// <exception cref="ArgumentOutOfRangeException">The operation code is of another group, or a number has no room in a CDB of this length.</exception>
    public static Cdb Make(byte operationCode, byte flags, ulong lba, uint blockCount)
    {
        if (!Fits(operationCode, lba, blockCount))
        {
            throw new ArgumentOutOfRangeException(nameof(blockCount), $"{blockCount} blocks from {lba} on have no room in the CDB of operation code {operationCode:X2}h");
        }

        Span<byte> cdb = stackalloc byte[Cdb.MaxLength];
        cdb.Clear();
        switch (operationCode >> 5)
        {
            case 0:
                BinaryPrimitives.WriteUInt32BigEndian(cdb, (uint)lba);
                cdb[4] = (byte)blockCount;
                cdb = cdb[..6];
                break;
            case 4:
                BinaryPrimitives.WriteUInt64BigEndian(cdb[2..], lba);
                BinaryPrimitives.WriteUInt32BigEndian(cdb[10..], blockCount);
                cdb[1] = flags;
                break;
            case 5:
                BinaryPrimitives.WriteUInt32BigEndian(cdb[2..], (uint)lba);
                BinaryPrimitives.WriteUInt32BigEndian(cdb[6..], blockCount);
                cdb[1] = flags;
                cdb = cdb[..12];
                break;
            default:
                BinaryPrimitives.WriteUInt32BigEndian(cdb[2..], (uint)lba);
                BinaryPrimitives.WriteUInt16BigEndian(cdb[7..], (ushort)blockCount);
                cdb[1] = flags;
                cdb = cdb[..10];
                break;
        }

        cdb[0] = operationCode;
        return new Cdb(cdb);
    }

    /// <summary>Have the address and the length room in a CDB with this operation code? No where its group has no layout for them.</summary>
    public static bool Fits(byte operationCode, ulong lba, uint blockCount) => (operationCode >> 5) switch
    {
        // In the six-byte form no block at all cannot be said.
        0 => lba <= Read6Lba && blockCount is > 0 and <= Read6Most,
        1 or 2 => lba <= uint.MaxValue && blockCount <= ushort.MaxValue,
        5 => lba <= uint.MaxValue,
        4 => true,
        _ => false,
    };

    private static uint U32(ReadOnlySpan<byte> cdb, int at) => BinaryPrimitives.ReadUInt32BigEndian(cdb[at..]);
}
