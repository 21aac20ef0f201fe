using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>A range of blocks in the UNMAP parameter list (SBC-3 §5.28.2).</summary>
/// <param name="Lba">First block.</param>
/// <param name="BlockCount">Number of blocks; 0 unmaps none.</param>
public readonly record struct UnmapDescriptor(ulong Lba, uint BlockCount)
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 16;

    /// <summary>Length in bytes of the header in front of the first descriptor.</summary>
    public const int HeaderLength = 8;

    /// <summary>Writes the header of a parameter list; returns its length in bytes.</summary>
    public static int WriteHeader(Span<byte> into, int count)
    {
        into[..HeaderLength].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(into, (ushort)(HeaderLength - 2 + Length * count));
        BinaryPrimitives.WriteUInt16BigEndian(into[2..], (ushort)(Length * count));
        return HeaderLength;
    }

    /// <summary>BLOCK DESCRIPTOR DATA LENGTH of a parameter list of at least <see cref="HeaderLength"/> bytes.</summary>
    public static int ReadDescriptorsLength(ReadOnlySpan<byte> list) => BinaryPrimitives.ReadUInt16BigEndian(list[2..]);

    /// <summary>Writes <see cref="Length"/> bytes.</summary>
    public int Write(Span<byte> into)
    {
        into[..Length].Clear();
        BinaryPrimitives.WriteUInt64BigEndian(into, Lba);
        BinaryPrimitives.WriteUInt32BigEndian(into[8..], BlockCount);
        return Length;
    }

    /// <summary>Reads one descriptor from at least <see cref="Length"/> bytes.</summary>
    public static UnmapDescriptor Read(ReadOnlySpan<byte> from) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(from), BinaryPrimitives.ReadUInt32BigEndian(from[8..]));

    /// <summary>A whole parameter list.</summary>
    public static byte[] ListFor(params ReadOnlySpan<UnmapDescriptor> ranges)
    {
        byte[] list = new byte[HeaderLength + Length * ranges.Length];
        int at = WriteHeader(list, ranges.Length);
        foreach (UnmapDescriptor range in ranges)
        {
            at += range.Write(list.AsSpan(at));
        }

        return list;
    }
}
