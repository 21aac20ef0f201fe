using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>Block limits VPD page, B0h (SBC-3 §6.6). Lengths are in blocks; 0 means that no limit is reported.</summary>
public readonly record struct BlockLimitsPage
{
    /// <summary>Length in bytes, page header included.</summary>
    public const int Length = 64;

    private const uint AlignmentValid = 0x8000_0000;

    /// <summary>WSNZ: WRITE SAME refuses a length of zero.</summary>
    public bool WriteSameNonZero { get; init; }

    /// <summary>Most blocks of COMPARE AND WRITE; 0 when it is not supported.</summary>
    public byte MaximumCompareAndWrite { get; init; }

    /// <summary>Transfers of a multiple of this length are best.</summary>
    public ushort OptimalTransferGranularity { get; init; }

    /// <summary>Longest transfer.</summary>
    public uint MaximumTransfer { get; init; }

    /// <summary>Longest transfer that is not slower than shorter ones.</summary>
    public uint OptimalTransfer { get; init; }

    /// <summary>Most blocks of one UNMAP; 0 when it is not supported.</summary>
    public uint MaximumUnmap { get; init; }

    /// <summary>Most descriptors of one UNMAP.</summary>
    public uint MaximumUnmapDescriptors { get; init; }

    /// <summary>Unmaps of a multiple of this length are best.</summary>
    public uint OptimalUnmapGranularity { get; init; }

    /// <summary>First block that begins a granule; null when unknown.</summary>
    public uint? UnmapGranularityAlignment { get; init; }

    /// <summary>Longest WRITE SAME.</summary>
    public ulong MaximumWriteSame { get; init; }

    /// <summary>Longest WRITE ATOMIC without atomic boundary; 0 when it is not supported (SBC-4 §6.6.4).</summary>
    public uint MaximumAtomicTransfer { get; init; }

    /// <summary>What the first block of a WRITE ATOMIC is a multiple of; 0 for any.</summary>
    public uint AtomicAlignment { get; init; }

    /// <summary>What the length of a WRITE ATOMIC is a multiple of; 0 for any.</summary>
    public uint AtomicTransferGranularity { get; init; }

    /// <summary>Longest WRITE ATOMIC with an atomic boundary; 0 when boundaries are not supported.</summary>
    public uint MaximumAtomicTransferWithBoundary { get; init; }

    /// <summary>Largest atomic boundary; 0 when boundaries are not supported.</summary>
    public uint MaximumAtomicBoundary { get; init; }

    /// <summary>Writes <see cref="Length"/> bytes, for a direct access block device.</summary>
    public int Write(Span<byte> into)
    {
        into[..Length].Clear();
        into[1] = PageCodes.Vpd.BlockLimits;
        into[3] = Length - 4;
        into[4] = (byte)(WriteSameNonZero ? 1 : 0);
        into[5] = MaximumCompareAndWrite;
        BinaryPrimitives.WriteUInt16BigEndian(into[6..], OptimalTransferGranularity);
        BinaryPrimitives.WriteUInt32BigEndian(into[8..], MaximumTransfer);
        BinaryPrimitives.WriteUInt32BigEndian(into[12..], OptimalTransfer);
        BinaryPrimitives.WriteUInt32BigEndian(into[20..], MaximumUnmap);
        BinaryPrimitives.WriteUInt32BigEndian(into[24..], MaximumUnmapDescriptors);
        BinaryPrimitives.WriteUInt32BigEndian(into[28..], OptimalUnmapGranularity);
        BinaryPrimitives.WriteUInt32BigEndian(into[32..], UnmapGranularityAlignment is { } at ? AlignmentValid | at : 0);
        BinaryPrimitives.WriteUInt64BigEndian(into[36..], MaximumWriteSame);
        BinaryPrimitives.WriteUInt32BigEndian(into[44..], MaximumAtomicTransfer);
        BinaryPrimitives.WriteUInt32BigEndian(into[48..], AtomicAlignment);
        BinaryPrimitives.WriteUInt32BigEndian(into[52..], AtomicTransferGranularity);
        BinaryPrimitives.WriteUInt32BigEndian(into[56..], MaximumAtomicTransferWithBoundary);
        BinaryPrimitives.WriteUInt32BigEndian(into[60..], MaximumAtomicBoundary);
        return Length;
    }

    /// <summary>Reads the page, which is 16 bytes long in SBC-2; null when it is another page, or too short.</summary>
    public static BlockLimitsPage? Parse(ReadOnlySpan<byte> data)
    {
        if (data.Length < 16 || data[1] != PageCodes.Vpd.BlockLimits)
        {
            return null;
        }

        Span<byte> whole = stackalloc byte[Length];
        data[..Math.Min(Length, Math.Min(data.Length, BinaryPrimitives.ReadUInt16BigEndian(data[2..]) + 4))].CopyTo(whole);
        uint alignment = BinaryPrimitives.ReadUInt32BigEndian(whole[32..]);
        return new BlockLimitsPage
        {
            WriteSameNonZero = (whole[4] & 1) != 0,
            MaximumCompareAndWrite = whole[5],
            OptimalTransferGranularity = BinaryPrimitives.ReadUInt16BigEndian(whole[6..]),
            MaximumTransfer = BinaryPrimitives.ReadUInt32BigEndian(whole[8..]),
            OptimalTransfer = BinaryPrimitives.ReadUInt32BigEndian(whole[12..]),
            MaximumUnmap = BinaryPrimitives.ReadUInt32BigEndian(whole[20..]),
            MaximumUnmapDescriptors = BinaryPrimitives.ReadUInt32BigEndian(whole[24..]),
            OptimalUnmapGranularity = BinaryPrimitives.ReadUInt32BigEndian(whole[28..]),
            UnmapGranularityAlignment = (alignment & AlignmentValid) != 0 ? alignment & ~AlignmentValid : null,
            MaximumWriteSame = BinaryPrimitives.ReadUInt64BigEndian(whole[36..]),
            MaximumAtomicTransfer = BinaryPrimitives.ReadUInt32BigEndian(whole[44..]),
            AtomicAlignment = BinaryPrimitives.ReadUInt32BigEndian(whole[48..]),
            AtomicTransferGranularity = BinaryPrimitives.ReadUInt32BigEndian(whole[52..]),
            MaximumAtomicTransferWithBoundary = BinaryPrimitives.ReadUInt32BigEndian(whole[56..]),
            MaximumAtomicBoundary = BinaryPrimitives.ReadUInt32BigEndian(whole[60..]),
        };
    }
}
