using System.Buffers;

namespace Blockwire.Wire;

/// <summary>What a key may be called.</summary>
internal static class TextKeyName
{
    private static readonly SearchValues<byte> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-+@_"u8);

    /// <summary>
    /// Is this a standard-label (RFC 7143 §6.1): a capital letter, then letters, digits, dot, minus, plus, at or underscore, 63 in all at
    /// most? A "#" is taken behind a first "X" too, as in X#NodeArchitecture (§13.26); and the one key that begins with a small letter is
    /// taken because RFC 7144 §7.1.1 names it so.
    /// </summary>
    internal static bool IsValid(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("iSCSIProtocolLevel"u8))
        {
            return true;
        }

        if (name.Length is 0 or > TextKeyReader.MaxKeyLength || name[0] is < (byte)'A' or > (byte)'Z')
        {
            return false;
        }

        ReadOnlySpan<byte> rest = name.StartsWith("X#"u8) ? name[2..] : name;
        return !rest.ContainsAnyExcept(Allowed);
    }
}
