using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Blockwire.Storage;

/// <summary>Percent-encoding of disk URIs (RFC 3986 §2.1), and text that is safe to print on one line.</summary>
internal static partial class DiskText
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Undoes percent-encoding. False when a percent sign is not followed by two hex digits, or the bytes are no UTF-8 text.</summary>
    public static bool TryDecode(string text, out string decoded)
    {
        decoded = text;
        if (!text.Contains('%')) return true;
        byte[] bytes = new byte[StrictUtf8.GetMaxByteCount(text.Length)];
        int length = 0;
        for (int i = 0; i < text.Length;)
        {
            if (text[i] == '%')
            {
                if (i + 2 >= text.Length || !byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
                    return false;
                bytes[length++] = value;
                i += 3;
            }
            else
            {
                int end = text.IndexOf('%', i) is >= 0 and int next ? next : text.Length;
                length += Encoding.UTF8.GetBytes(text.AsSpan(i, end - i), bytes.AsSpan(length));
                i = end;
            }
        }
        try
        {
            decoded = StrictUtf8.GetString(bytes, 0, length);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>Encodes what would end or split a URI in a line of text: white space, controls, '%', '?' and '#'.</summary>
    public static string Encode(string text)
    {
        StringBuilder encoded = new(text.Length);
        Span<byte> bytes = stackalloc byte[4];
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (!Rune.IsWhiteSpace(rune) && !Rune.IsControl(rune) && rune.Value is not ('%' or '?' or '#'))
            {
                encoded.Append(rune);
                continue;
            }
            foreach (byte value in bytes[..rune.EncodeToUtf8(bytes)]) encoded.Append('%').Append(value.ToString("X2", CultureInfo.InvariantCulture));
        }
        return encoded.ToString();
    }

    /// <summary>
    /// The text with every control character replaced, so that a message stays one line, and without the secrets of URLs
    /// (`iscsi://user%secret@host/`), which no message repeats.
    /// </summary>
    public static string Printable(string text)
    {
        text = SecretOfOption().Replace(SecretOfUrl().Replace(text, "%***@"), "***");
        return string.Create(text.Length, text, static (line, from) =>
        {
            for (int i = 0; i < line.Length; i++) line[i] = char.IsControl(from[i]) ? '\uFFFD' : from[i];
        });
    }

    // Up to the last @: a secret may hold all but a question mark.
    [GeneratedRegex("(?<=://[^/%@?:]*)[%:][^?]*@", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SecretOfUrl();

    [GeneratedRegex("(?<=target[-_]password=)[^&]*", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SecretOfOption();
}
