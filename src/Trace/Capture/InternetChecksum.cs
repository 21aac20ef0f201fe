using System.Buffers.Binary;

namespace Blockwire.Trace.Capture;

/// <summary>The 16-bit ones' complement sum of IPv4 and TCP (RFC 1071).</summary>
internal static class InternetChecksum
{
    /// <summary>Adds bytes to a sum; an odd last byte counts as if a zero followed, so only the last piece may be odd.</summary>
    public static ulong Add(ulong sum, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 4)
        {
            sum += BinaryPrimitives.ReadUInt32BigEndian(bytes);
            bytes = bytes[4..];
        }

        if (bytes.Length >= 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
            bytes = bytes[2..];
        }

        return bytes.IsEmpty ? sum : sum + ((ulong)bytes[0] << 8);
    }

    /// <summary>The checksum of what was added: 0 when a right checksum was among it.</summary>
    public static ushort Finish(ulong sum)
    {
        while (sum >> 16 != 0)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
