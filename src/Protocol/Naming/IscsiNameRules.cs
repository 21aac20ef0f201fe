using System.Globalization;
using System.Text;

namespace Blockwire.Protocol.Naming;

/// <summary>The rules of RFC 7143 §4.2.7 and RFC 3722 on a name that is already in lower case. Each check gives null, or what is wrong.</summary>
internal static class IscsiNameRules
{
    /// <summary>Everything, as for a name that an administrator gives.</summary>
    public static string? Check(string name) => CheckLength(name) ?? CheckCharacters(name, underscore: false) ?? CheckStructure(name);

    /// <summary>Type, characters and length, as for a name that a peer brings.</summary>
    public static string? CheckReceived(string name) => CheckLength(name) ?? CheckCharacters(name, underscore: true) ?? CheckType(name);

    private static string? CheckLength(string name) =>
        Encoding.UTF8.GetByteCount(name) > IscsiName.MaxBytes ? $"longer than {IscsiName.MaxBytes} bytes" : null;

    private static string? CheckType(string name)
    {
        bool known = name.StartsWith("iqn.", StringComparison.Ordinal) || name.StartsWith("eui.", StringComparison.Ordinal) ||
            name.StartsWith("naa.", StringComparison.Ordinal);
        return !known ? "does not begin with iqn., eui. or naa." : name.Length == 4 ? "has nothing behind its type" : null;
    }

    private static string? CheckStructure(string name) => CheckType(name) ?? (name[..4] switch
    {
        "iqn." => CheckQualified(name.AsSpan(4)),
        "eui." => IsHex(name.AsSpan(4), 16) ? null : "eui. must be followed by 16 hexadecimal digits",
        _ => IsHex(name.AsSpan(4), 16) || IsHex(name.AsSpan(4), 32) ? null : "naa. must be followed by 16 or 32 hexadecimal digits",
    });

    // yyyy-mm.reversed-domain[:anything] (§4.2.7.4)
    private static string? CheckQualified(ReadOnlySpan<char> rest)
    {
        if (rest.Length < 8 || rest[4] != '-' || rest[7] != '.' || !IsDigits(rest[..4]) || !IsMonth(rest[5..7]))
        {
            return "iqn. must be followed by a date as yyyy-mm and a dot";
        }

        ReadOnlySpan<char> authority = rest[8..];
        authority = authority.IndexOf(':') is >= 0 and int colon ? authority[..colon] : authority;
        foreach (Range label in authority.Split('.'))
        {
            if (authority[label].IsEmpty)
            {
                return "the reversed domain name after the date has an empty part";
            }
        }

        return null;
    }

    private static bool IsMonth(ReadOnlySpan<char> text) => IsDigits(text) && int.Parse(text, CultureInfo.InvariantCulture) is >= 1 and <= 12;

    private static bool IsDigits(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');

    private static bool IsHex(ReadOnlySpan<char> text, int length)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigit(c))
            {
                return false;
            }
        }

        return text.Length == length;
    }

    private static string? CheckCharacters(string name, bool underscore)
    {
        foreach (Rune rune in name.EnumerateRunes())
        {
            bool legal = rune.IsAscii ? IsLegalAscii((char)rune.Value, underscore) : IsLegalBeyondAscii(rune);
            if (!legal)
            {
                return $"holds the character U+{rune.Value:X4}, which RFC 3722 forbids";
            }
        }

        return null;
    }

    // RFC 3722 §6.2
    private static bool IsLegalAscii(char c, bool underscore) =>
        char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.' or ':' || (underscore && c == '_');

    // The program runs without the Unicode normalisation tables, so whatever normalisation form KC might change is refused rather than
    // compared wrongly: marks that could combine, conjoining jamo, letter-like symbols, compatibility and presentation forms.
    private static bool IsLegalBeyondAscii(Rune rune) => rune.Value is not (>= 0x1100 and <= 0x11FF) and not (>= 0x2000 and <= 0x2BFF)
        and not (>= 0x3000 and <= 0x303F) and not (>= 0x3130 and <= 0x318F) and not (>= 0x3200 and <= 0x33FF)
        and not (>= 0xA960 and <= 0xA97F) and not (>= 0xD7B0 and <= 0xD7FF) and not (>= 0xF900 and <= 0xFFFF)
        and not (>= 0x1D400 and <= 0x1F2FF) and not (>= 0x2F800 and <= 0x2FA1F) &&
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.DecimalDigitNumber;
}
