using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Blockwire.Scsi;

/// <summary>TransportIDs of iSCSI initiator ports (SPC-4 §7.6.4.6).</summary>
public static class TransportId
{
    private const byte Iscsi = 5;
    private const byte PortNameFormat = 0x40;
    private const int HeaderLength = 4;
    private const int ShortestLength = 24;

    /// <summary>The TransportID of an initiator, or of its port when the name goes on with ",i,0x" and the ISID.</summary>
    public static byte[] Write(string name)
    {
        int bytes = Encoding.UTF8.GetByteCount(name);
        byte[] id = new byte[Math.Max(ShortestLength, HeaderLength + ((bytes + 4) & ~3))];
        id[0] = (byte)(Iscsi | (name.Contains(",i,0x", StringComparison.Ordinal) ? PortNameFormat : 0));
        BinaryPrimitives.WriteUInt16BigEndian(id.AsSpan(2), (ushort)(id.Length - HeaderLength));
        Encoding.UTF8.GetBytes(name, id.AsSpan(HeaderLength));
        return id;
    }

    /// <summary>The name in a TransportID; null when it is of another protocol, or cut.</summary>
    public static string? Read(ReadOnlySpan<byte> id)
    {
        if (id.Length < HeaderLength || (id[0] & 0x0F) != Iscsi)
        {
            return null;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(id[2..]);
        if (length > id.Length - HeaderLength)
        {
            return null;
        }

        ReadOnlySpan<byte> name = id.Slice(HeaderLength, length);
        int end = name.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? name : name[..end]);
    }

    /// <summary>Bytes of the TransportID that some bytes begin with, of any protocol (SPC-4 §7.6.4); 0 when it is cut, or of a length that it cannot have.</summary>
    public static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < ShortestLength)
        {
            return 0;
        }

        int length = (bytes[0] & 0x0F) == Iscsi ? HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) : ShortestLength;
        return length >= ShortestLength && length % 4 == 0 && length <= bytes.Length ? length : 0;
    }

    /// <summary>The initiator that a whole TransportID names, and the ISID of its port.</summary>
    /// <param name="id">The TransportID.</param>
    /// <param name="initiator">iSCSI name in lower case, as it is compared.</param>
    /// <param name="isid">The ISID; null with format 00b, which names the initiator alone.</param>
    /// <returns>False when it is of another protocol or format, or not what its format asks for.</returns>
    public static bool TryReadPort(ReadOnlySpan<byte> id, out string initiator, out ulong? isid)
    {
        const string separator = ",i,0x";
        const int isidDigits = 12;
        isid = null;
        initiator = Read(id)?.ToLowerInvariant() ?? "";
        int at = initiator.IndexOf(',', StringComparison.Ordinal);
        switch (id.IsEmpty ? 0xFF : id[0] >> 6)
        {
            case 0:
                return initiator.Length > 0 && at < 0;
            case 1 when at > 0 && initiator.AsSpan(at).StartsWith(separator, StringComparison.Ordinal):
                ReadOnlySpan<char> digits = initiator.AsSpan(at + separator.Length);
                if (digits.Length != isidDigits || !ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value))
                {
                    return false;
                }

                isid = value;
                initiator = initiator[..at];
                return true;
            default:
                return false;
        }
    }
}
