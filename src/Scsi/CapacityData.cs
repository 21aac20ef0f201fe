using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>READ CAPACITY(10) parameter data (SBC-3 §5.15.2).</summary>
/// <param name="LastLba">Address of the last block; FFFFFFFFh when READ CAPACITY(16) has to tell.</param>
/// <param name="BlockBytes">Bytes in a block.</param>
public readonly record struct CapacityData10(uint LastLba, uint BlockBytes)
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 8;

    /// <summary>Writes <see cref="Length"/> bytes.</summary>
    public int Write(Span<byte> into)
    {
        BinaryPrimitives.WriteUInt32BigEndian(into, LastLba);
        BinaryPrimitives.WriteUInt32BigEndian(into[4..], BlockBytes);
        return Length;
    }

    /// <summary>Reads the data; null when it is too short.</summary>
    public static CapacityData10? Parse(ReadOnlySpan<byte> data) => data.Length < Length
        ? null
        : new(BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[4..]));
}

/// <summary>READ CAPACITY(16) parameter data (SBC-3 §5.16.2).</summary>
/// <param name="LastLba">Address of the last block.</param>
/// <param name="BlockBytes">Bytes in a logical block.</param>
/// <param name="PhysicalExponent">Logical blocks per physical block, as a power of two.</param>
/// <param name="Provisioned">LBPME: logical block provisioning management is on.</param>
/// <param name="ReadsZeros">LBPRZ: unmapped blocks read as zeros.</param>
public readonly record struct CapacityData16(ulong LastLba, uint BlockBytes, byte PhysicalExponent, bool Provisioned, bool ReadsZeros)
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 32;

    private const int ShortestUseful = 16;

    /// <summary>PROT_EN and P_TYPE: the type of protection that the unit is formatted with. There is one protection information interval in a block.</summary>
    public ProtectionType Protection { get; init; }

    /// <summary>Writes <see cref="Length"/> bytes.</summary>
    public int Write(Span<byte> into)
    {
        into[..Length].Clear();
        into[12] = Protection == ProtectionType.None ? (byte)0 : (byte)(((int)Protection - 1) << 1 | 1);
        BinaryPrimitives.WriteUInt64BigEndian(into, LastLba);
        BinaryPrimitives.WriteUInt32BigEndian(into[8..], BlockBytes);
        into[13] = (byte)(PhysicalExponent & 0x0F);
        into[14] = (byte)((Provisioned ? 0x80 : 0) | (ReadsZeros ? 0x40 : 0));
        return Length;
    }

    /// <summary>Reads the data; null when it is too short.</summary>
    public static CapacityData16? Parse(ReadOnlySpan<byte> data) => data.Length < ShortestUseful
        ? null
        : new(
            BinaryPrimitives.ReadUInt64BigEndian(data),
            BinaryPrimitives.ReadUInt32BigEndian(data[8..]),
            (byte)(data[13] & 0x0F),
            (data[14] & 0x80) != 0,
            (data[14] & 0x40) != 0)
        {
            // Of P_TYPE 0 to 2 are defined.
            Protection = (data[12] & 1) == 0 ? ProtectionType.None : (ProtectionType)Math.Min((data[12] >> 1 & 7) + 1, (int)ProtectionType.Type3),
        };
}
