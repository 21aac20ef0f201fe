using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Blockwire.Initiator;

/// <summary>Percent-encoding (RFC 3986 §2.1).</summary>
internal static class PercentText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Undoes it; false when a percent sign has no two hex digits behind it.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = new byte[Strict.GetMaxByteCount(text.Length)];
        int length = 0;
        while (!text.IsEmpty)
        {
            if (text[0] == '%')
            {
                if (text.Length < 3 || !byte.TryParse(text[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[length]))
                {
                    return false;
                }

                length++;
                text = text[3..];
                continue;
            }

            int plain = text.IndexOf('%') is >= 0 and int percent ? percent : text.Length;
            length += Encoding.UTF8.GetBytes(text[..plain], bytes.AsSpan(length));
            text = text[plain..];
        }

        bytes = bytes[..length];
        return true;
    }

    /// <summary>Undoes it; false also when the bytes are no UTF-8.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? decoded)
    {
        decoded = null;
        if (!TryDecode(text, out byte[] bytes))
        {
            return false;
        }

        try
        {
            decoded = Strict.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
