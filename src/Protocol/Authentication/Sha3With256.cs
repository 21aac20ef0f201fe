using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Blockwire.Protocol.Authentication;

/// <summary>
/// SHA3-256 (FIPS 202), in plain code: platforms exist whose cryptographic library lacks it, and what a peer may ask for should not depend on
/// where the target runs. No branch and no index depends on the data.
/// </summary>
internal static class Sha3With256
{
    /// <summary>Bytes of a digest.</summary>
    public const int Length = 32;

    private const int RateBytes = 136;
    private const int Lanes = 25;

    // Steps rho and pi walk the lanes in this order and turn each by this count of bits (FIPS 202 §3.2.2, §3.2.3).
    private static ReadOnlySpan<byte> PiLane => [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];

    private static ReadOnlySpan<byte> RhoTurn => [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];

    private static ReadOnlySpan<ulong> RoundConstants =>
    [
        0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B, 0x0000000080000001,
        0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
        0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
        0x000000000000800A, 0x800000008000000A, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    ];

    /// <summary>Hashes a message.</summary>
    /// <param name="message">Any length.</param>
    /// <param name="digest">32 bytes to fill.</param>
    public static void HashData(ReadOnlySpan<byte> message, Span<byte> digest)
    {
        Span<ulong> state = stackalloc ulong[Lanes];
        Span<byte> last = stackalloc byte[RateBytes];
        state.Clear();
        last.Clear();
        while (message.Length >= RateBytes)
        {
            Absorb(state, message[..RateBytes]);
            message = message[RateBytes..];
        }

        // The suffix 01 and the padding 10*1 (FIPS 202 §6.1, §5.1).
        message.CopyTo(last);
        last[message.Length] = 0x06;
        last[^1] |= 0x80;
        Absorb(state, last);
        for (int lane = 0; lane < Length / sizeof(ulong); lane++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(digest[(lane * sizeof(ulong))..], state[lane]);
        }

        CryptographicOperations.ZeroMemory(last);
        state.Clear();
    }

    private static void Absorb(Span<ulong> state, ReadOnlySpan<byte> block)
    {
        for (int lane = 0; lane < RateBytes / sizeof(ulong); lane++)
        {
            state[lane] ^= BinaryPrimitives.ReadUInt64LittleEndian(block[(lane * sizeof(ulong))..]);
        }

        foreach (ulong constant in RoundConstants)
        {
            Theta(state);
            RhoAndPi(state);
            Chi(state);
            state[0] ^= constant;
        }
    }

    private static void Theta(Span<ulong> state)
    {
        Span<ulong> parity = stackalloc ulong[5];
        for (int x = 0; x < 5; x++)
        {
            parity[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
        }

        for (int x = 0; x < 5; x++)
        {
            ulong change = parity[(x + 4) % 5] ^ BitOperations.RotateLeft(parity[(x + 1) % 5], 1);
            for (int y = 0; y < Lanes; y += 5)
            {
                state[y + x] ^= change;
            }
        }
    }

    private static void RhoAndPi(Span<ulong> state)
    {
        ulong moving = state[1];
        for (int step = 0; step < PiLane.Length; step++)
        {
            int lane = PiLane[step];
            (moving, state[lane]) = (state[lane], BitOperations.RotateLeft(moving, RhoTurn[step]));
        }
    }

    private static void Chi(Span<ulong> state)
    {
        Span<ulong> row = stackalloc ulong[5];
        for (int y = 0; y < Lanes; y += 5)
        {
            state.Slice(y, 5).CopyTo(row);
            for (int x = 0; x < 5; x++)
            {
                state[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
            }
        }
    }
}
