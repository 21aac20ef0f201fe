using System.Security.Cryptography;
using System.Text;

namespace Blockwire.Protocol.Authentication;

/// <summary>A secret of CHAP. It shows itself to nobody: neither as text nor in an exception, and it compares in constant time.</summary>
public sealed class ChapSecret
{
    /// <summary>Bytes below which RFC 7143 §9.2.1 wants IPsec around the connection: 96 bits.</summary>
    public const int ShortBelowBytes = 12;

    /// <summary>Most bytes of a secret.</summary>
    public const int MaxBytes = 255;

    private readonly byte[] _bytes;

    /// <summary>Keeps a copy of the bytes.</summary>
    /// <param name="bytes">1 to 255 bytes.</param>
    /// <exception cref="ChapOptionsException">Empty, or too long.</exception>
    public ChapSecret(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes.Length > MaxBytes)
        {
            throw new ChapOptionsException($"a CHAP secret has 1 to {MaxBytes} bytes");
        }

        _bytes = bytes.ToArray();
    }

    /// <summary>True below 96 bits.</summary>
    public bool IsShort => _bytes.Length < ShortBelowBytes;

    /// <summary>A secret as people write it.</summary>
    /// <param name="text">Its bytes are those of its UTF-8.</param>
    /// <exception cref="ChapOptionsException">Empty, or too long.</exception>
    public static ChapSecret FromText(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <summary>A new secret of 128 random bits (RFC 7143 §9.2.1), as 32 hexadecimal digits that every initiator can be given.</summary>
    /// <param name="random">Where the bits come from.</param>
    public static string Generate(RandomSource random)
    {
        Span<byte> bits = stackalloc byte[16];
        random(bits);
        return Convert.ToHexStringLower(bits);
    }

    /// <summary>True when both are the same bytes. Takes as long whatever bytes of a length they are.</summary>
    /// <param name="other">Another secret.</param>
    public bool Matches(ChapSecret other) => CryptographicOperations.FixedTimeEquals(_bytes, other._bytes);

    /// <summary>The response to a challenge.</summary>
    /// <param name="algorithm">The hash.</param>
    /// <param name="identifier">CHAP_I of the challenge.</param>
    /// <param name="challenge">CHAP_C, decoded.</param>
    /// <returns>The response, owned by the caller.</returns>
    public byte[] Respond(ChapAlgorithm algorithm, byte identifier, ReadOnlySpan<byte> challenge) =>
        ChapHash.Respond(algorithm, identifier, _bytes, challenge);

    /// <summary>Never the secret.</summary>
    public override string ToString() => "(secret)";
}
