using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Blockwire.Protocol.Authentication;

/// <summary>The response of CHAP: the hash over identifier, secret and challenge (RFC 1994 §4.1).</summary>
public static class ChapHash
{
    private static readonly bool[] Available = [.. Enumerable.Range(0, (int)ChapAlgorithm.Sha3With256 + 1).Select(static number => Works((ChapAlgorithm)number))];

    /// <summary>Bytes of a response; 0 for a number that is none of the four.</summary>
    /// <param name="algorithm">The hash.</param>
    public static int ResponseLength(ChapAlgorithm algorithm) => algorithm switch
    {
        ChapAlgorithm.Md5 => MD5.HashSizeInBytes,
        ChapAlgorithm.Sha1 => SHA1.HashSizeInBytes,
        ChapAlgorithm.Sha256 => SHA256.HashSizeInBytes,
        ChapAlgorithm.Sha3With256 => Sha3With256.Length,
        _ => 0,
    };

    /// <summary>True when this machine can do it: one that is set up for FIPS 140 refuses MD5. SHA3-256 is our own and there everywhere.</summary>
    /// <param name="algorithm">The hash.</param>
    public static bool IsAvailable(ChapAlgorithm algorithm) => ResponseLength(algorithm) > 0 && Available[(int)algorithm];

    /// <summary>Computes a response.</summary>
    /// <param name="algorithm">The hash.</param>
    /// <param name="identifier">CHAP_I of the challenge.</param>
    /// <param name="secret">The secret's bytes.</param>
    /// <param name="challenge">CHAP_C, decoded.</param>
    /// <returns>The response, owned by the caller.</returns>
    public static byte[] Respond(ChapAlgorithm algorithm, byte identifier, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> challenge)
    {
        byte[] message = [identifier, .. secret, .. challenge];
        byte[] response = new byte[ResponseLength(algorithm)];
        try
        {
            Hash(algorithm, message, response);
            return response;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(message);
        }
    }

    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "The protocol names it; a policy can forbid it.")]
    [SuppressMessage("Security", "CA5351:Do Not Use Broken Cryptographic Algorithms", Justification = "RFC 7143 §12.1.3 requires it; a policy can forbid it.")]
    private static void Hash(ChapAlgorithm algorithm, ReadOnlySpan<byte> message, Span<byte> response)
    {
        switch (algorithm)
        {
            case ChapAlgorithm.Md5:
                MD5.HashData(message, response);
                break;
            case ChapAlgorithm.Sha1:
                SHA1.HashData(message, response);
                break;
            case ChapAlgorithm.Sha256:
                SHA256.HashData(message, response);
                break;
            case ChapAlgorithm.Sha3With256:
                Sha3With256.HashData(message, response);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "not an algorithm of CHAP");
        }
    }

    private static bool Works(ChapAlgorithm algorithm)
    {
        try
        {
            Span<byte> response = stackalloc byte[ResponseLength(algorithm)];
            if (!response.IsEmpty)
            {
                Hash(algorithm, [], response);
            }

            return !response.IsEmpty;
        }
        catch (Exception refused) when (refused is CryptographicException or PlatformNotSupportedException or InvalidOperationException)
        {
            return false;
        }
    }
}
