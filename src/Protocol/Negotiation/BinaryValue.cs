using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;

namespace Blockwire.Protocol.Negotiation;

/// <summary>binary-value of RFC 7143 §6.1: hex-constant, base64-constant or, below 2^64, decimal-constant.</summary>
public static class BinaryValue
{
    /// <summary>Reads a binary-value. An odd count of hexadecimal digits has its missing half in front, as §6.1's (n + 1) / 2 bytes imply.</summary>
    /// <param name="text">Value as received.</param>
    /// <param name="bytes">The bytes, owned by the caller; empty on failure. A decimal-constant gives its shortest big-endian form.</param>
    /// <returns>False when the text is no binary-value.</returns>
    public static bool TryParse(string text, out byte[] bytes)
    {
        bytes = [];
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return TryHex(text[2..], out bytes);
        }

        if (text.StartsWith("0b", StringComparison.OrdinalIgnoreCase))
        {
            return TryBase64(text.AsSpan(2), out bytes);
        }

        if (!NumberValue.TryParse(text, out ulong number))
        {
            return false;
        }

        Span<byte> whole = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(whole, number);
        ReadOnlySpan<byte> shortest = ((ReadOnlySpan<byte>)whole).TrimStart((byte)0);
        bytes = shortest.IsEmpty ? [0] : shortest.ToArray();
        return true;
    }

    /// <summary>Writes bytes as a hex-constant, the form every initiator reads.</summary>
    /// <param name="bytes">At least one byte.</param>
    public static string ToHex(ReadOnlySpan<byte> bytes) => "0x" + Convert.ToHexStringLower(bytes);

    private static bool TryHex(string digits, out byte[] bytes)
    {
        bytes = [];
        if (digits.Length == 0 || !digits.All(char.IsAsciiHexDigit))
        {
            return false;
        }

        bytes = Convert.FromHexString((digits.Length & 1) == 0 ? digits : "0" + digits);
        return true;
    }

    private static bool TryBase64(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        // The decoder would skip white space, which is not in the RFC's alphabet.
        if (text.IsEmpty || text.ContainsAny(" \t\r\n"))
        {
            return false;
        }

        byte[] encoded = Encoding.UTF8.GetBytes(text.ToString());
        if (!Base64.IsValid(encoded, out int length))
        {
            return false;
        }

        bytes = Convert.FromBase64CharArray(text.ToArray(), 0, text.Length);
        return bytes.Length == length;
    }
}
