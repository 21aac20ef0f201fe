using System.Globalization;

namespace Blockwire.Storage;

/// <summary>Sizes as users write them: digits and, if wanted, one of K, M, G, T (powers of 1024) in either case.</summary>
public static class DiskSize
{
    private const string Suffixes = "KMGT";

    /// <summary>What a size looks like, for error messages.</summary>
    internal const string Form = "digits and one of K, M, G, T, such as 512M or 10G";

    /// <summary>Reads a size in bytes. False when it is no size, is 0 or exceeds 2^63 bytes.</summary>
    public static bool TryParse(string text, out ulong bytes)
    {
        bytes = 0;
        if (text.Length == 0) return false;
        int power = Suffixes.IndexOf(char.ToUpperInvariant(text[^1])) + 1;
        ReadOnlySpan<char> digits = power > 0 ? text.AsSpan(0, text.Length - 1) : text;
        if (!ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong count)) return false;
        if (count == 0 || count > BlockGeometry.MaxLengthBytes >> (10 * power)) return false;
        bytes = count << (10 * power);
        return true;
    }

    /// <summary>The shortest exact form: 268435456 is 256M, 1000 is 1000.</summary>
    public static string Format(ulong bytes)
    {
        int power = 0;
        while (power < Suffixes.Length && bytes != 0 && bytes % 1024 == 0)
        {
            bytes /= 1024;
            power++;
        }
        string digits = bytes.ToString(CultureInfo.InvariantCulture);
        return power == 0 ? digits : digits + Suffixes[power - 1];
    }
}
