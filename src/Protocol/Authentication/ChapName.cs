using System.Text;

namespace Blockwire.Protocol.Authentication;

/// <summary>What a CHAP_N may be.</summary>
internal static class ChapName
{
    // The value of a key is at most 255 bytes (RFC 7143 §6.1).
    private const int MaxBytes = 255;

    /// <summary>Throws when a name cannot be sent.</summary>
    /// <exception cref="ChapOptionsException">It cannot.</exception>
    public static void Validate(string name)
    {
        if (name.Length == 0 || name.Any(char.IsControl) || Encoding.UTF8.GetByteCount(name) > MaxBytes)
        {
            throw new ChapOptionsException($"a CHAP name has 1 to {MaxBytes} bytes and no control characters");
        }
    }
}
