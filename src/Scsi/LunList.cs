using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>REPORT LUNS parameter data (SPC-4 §6.33).</summary>
public static class LunList
{
    private const int HeaderLength = 8;
    private const int EntryLength = 8;

    /// <summary>Length in bytes for a number of LUNs.</summary>
    public static int LengthFor(int count) => HeaderLength + EntryLength * count;

    /// <summary>Bytes that the whole list has, as its header says; 0 when not even the header is there.</summary>
    public static uint LengthOf(ReadOnlySpan<byte> data) =>
        data.Length < HeaderLength ? 0 : (uint)Math.Min((ulong)BinaryPrimitives.ReadUInt32BigEndian(data) + HeaderLength, uint.MaxValue);

    /// <summary>Writes the header; returns its length in bytes.</summary>
    public static int WriteHeader(Span<byte> into, int count)
    {
        BinaryPrimitives.WriteUInt64BigEndian(into, (ulong)(uint)(EntryLength * count) << 32);
        return HeaderLength;
    }

    /// <summary>Writes one LUN, given as the number that its eight bytes make; returns its length in bytes.</summary>
    public static int WriteEntry(Span<byte> into, ulong lun)
    {
        BinaryPrimitives.WriteUInt64BigEndian(into, lun);
        return EntryLength;
    }

    /// <summary>Reads the LUNs that are in the data, of all that the logical unit has.</summary>
    /// <param name="data">The parameter data.</param>
    /// <param name="total">LUNs that the whole list has; more than returned when the data was cut.</param>
    public static IReadOnlyList<ulong> Parse(ReadOnlySpan<byte> data, out int total)
    {
        List<ulong> luns = [];
        if (data.Length < HeaderLength)
        {
            total = 0;
            return luns;
        }

        total = (int)(BinaryPrimitives.ReadUInt32BigEndian(data) / EntryLength);
        for (int at = HeaderLength; luns.Count < total && at + EntryLength <= data.Length; at += EntryLength)
        {
            luns.Add(BinaryPrimitives.ReadUInt64BigEndian(data[at..]));
        }

        return luns;
    }
}
