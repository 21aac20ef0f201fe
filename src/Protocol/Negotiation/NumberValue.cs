using System.Globalization;

namespace Blockwire.Protocol.Negotiation;

/// <summary>numerical-value of RFC 7143 §6.1: a decimal-constant without leading zeros, or a hex-constant, below 2^64.</summary>
public static class NumberValue
{
    /// <summary>Reads a numerical-value.</summary>
    /// <param name="text">Value as received.</param>
    /// <param name="number">The number, or 0.</param>
    /// <returns>False when the text is not a numerical-value.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out ulong number)
    {
        number = 0;
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            ReadOnlySpan<char> digits = text[2..];
            return !digits.IsEmpty && IsAll(digits, char.IsAsciiHexDigit) &&
                ulong.TryParse(digits.TrimStart('0') is { IsEmpty: false } significant ? significant : "0",
                    NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
        }

        return !text.IsEmpty && IsAll(text, char.IsAsciiDigit) && (text[0] != '0' || text.Length == 1) &&
            ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static bool IsAll(ReadOnlySpan<char> text, Func<char, bool> test)
    {
        foreach (char c in text)
        {
            if (!test(c))
            {
                return false;
            }
        }

        return true;
    }
}
