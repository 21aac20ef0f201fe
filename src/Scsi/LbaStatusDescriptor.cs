using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>A run of blocks in GET LBA STATUS parameter data (SBC-3 §5.4).</summary>
/// <param name="Lba">First block.</param>
/// <param name="BlockCount">Number of blocks.</param>
/// <param name="ProvisioningStatus">0 mapped or unknown, 1 deallocated, 2 anchored.</param>
public readonly record struct LbaStatusDescriptor(ulong Lba, uint BlockCount, byte ProvisioningStatus)
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 16;

    /// <summary>Length in bytes of the header in front of the first descriptor.</summary>
    public const int HeaderLength = 8;

    /// <summary>Writes the header of parameter data with so many descriptors; returns its length in bytes.</summary>
    public static int WriteHeader(Span<byte> into, int count)
    {
        into[..HeaderLength].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(into, (uint)(HeaderLength - 4 + Length * count));
        return HeaderLength;
    }

    /// <summary>Writes <see cref="Length"/> bytes.</summary>
    public int Write(Span<byte> into)
    {
        into[..Length].Clear();
        BinaryPrimitives.WriteUInt64BigEndian(into, Lba);
        BinaryPrimitives.WriteUInt32BigEndian(into[8..], BlockCount);
        into[12] = (byte)(ProvisioningStatus & 0x0F);
        return Length;
    }

    /// <summary>Reads one descriptor from at least <see cref="Length"/> bytes.</summary>
    public static LbaStatusDescriptor Read(ReadOnlySpan<byte> from) => new(
        BinaryPrimitives.ReadUInt64BigEndian(from), BinaryPrimitives.ReadUInt32BigEndian(from[8..]), (byte)(from[12] & 0x0F));

    /// <summary>Reads the descriptors that came whole.</summary>
    public static IReadOnlyList<LbaStatusDescriptor> ParseAll(ReadOnlySpan<byte> data)
    {
        List<LbaStatusDescriptor> all = [];
        if (data.Length < HeaderLength)
        {
            return all;
        }

        ulong length = Math.Min((ulong)BinaryPrimitives.ReadUInt32BigEndian(data) + 4, (ulong)data.Length);
        for (int at = HeaderLength; at + Length <= (int)length; at += Length)
        {
            all.Add(Read(data[at..]));
        }

        return all;
    }
}
