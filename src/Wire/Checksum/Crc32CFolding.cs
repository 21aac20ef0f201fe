using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blockwire.Wire;

/// <summary>
/// CRC32C of large blocks by carry-less multiplication: four wide accumulators are each multiplied by the power of x that brings them over the next bytes, which are
/// added; what is left at the end are 16 bytes with the CRC of all. Several times as fast as the CRC instruction where the processor multiplies 32 or 64 bytes
/// at once.
/// </summary>
/// <remarks>
/// A 128-bit lane holds 16 bytes as they lie in memory: its low half has the higher powers. Folding it over D bits multiplies the low half by x^(D+32) and the high half by
/// x^(D-32), both modulo the generator; the product of two reflected polynomials is one bit off, which the constants make good.
/// </remarks>
internal static class Crc32CFolding
{
    /// <summary>Accumulators.</summary>
    private const int Streams = 4;

    private static readonly Vector128<ulong> _over16 = FoldOver(16), _over32 = FoldOver(32), _over64 = FoldOver(64), _over128 = FoldOver(128), _over256 = FoldOver(256);

    /// <summary>The processor multiplies at least 32 bytes at once, and has the CRC instruction for the rest.</summary>
    internal static bool IsSupported => Pclmulqdq.V256.IsSupported && Sse42.X64.IsSupported;

    /// <summary>Bytes from which it is worth it.</summary>
    internal const int Least = 512;

    /// <summary>Moves the register over the bytes, in the widest way that the processor has.</summary>
    internal static uint Run(uint register, ReadOnlySpan<byte> bytes) => Pclmulqdq.V512.IsSupported ? Run512(register, bytes) : Run256(register, bytes);

    /// <summary>With 64 bytes at once.</summary>
    internal static uint Run512(uint register, ReadOnlySpan<byte> bytes)
    {
        const int Width = 64;
        if (bytes.Length < Streams * Width)
        {
            return Crc32CStreams.Run<SseStep>(register, bytes);
        }

        ref byte at = ref MemoryMarshal.GetReference(bytes);
        int rounds = bytes.Length / (Streams * Width);
        Vector512<ulong> a = Load512(ref at, 0) ^ Vector512.CreateScalar((ulong)register);
        Vector512<ulong> b = Load512(ref at, Width), c = Load512(ref at, 2 * Width), d = Load512(ref at, 3 * Width);
        Vector512<ulong> over = Vector512.Create(Vector256.Create(_over256, _over256), Vector256.Create(_over256, _over256));
        for (int i = 1; i < rounds; i++)
        {
            at = ref Unsafe.Add(ref at, Streams * Width);
            a = Fold(a, over) ^ Load512(ref at, 0);
            b = Fold(b, over) ^ Load512(ref at, Width);
            c = Fold(c, over) ^ Load512(ref at, 2 * Width);
            d = Fold(d, over) ^ Load512(ref at, 3 * Width);
        }

        over = Vector512.Create(Vector256.Create(_over64, _over64), Vector256.Create(_over64, _over64));
        d ^= Fold(c ^ Fold(b ^ Fold(a, over), over), over);
        Vector256<ulong> half = Fold(d.GetLower(), Vector256.Create(_over32, _over32)) ^ d.GetUpper();
        return Finish(half, bytes[(rounds * Streams * Width)..]);
    }

    /// <summary>With 32 bytes at once.</summary>
    internal static uint Run256(uint register, ReadOnlySpan<byte> bytes)
    {
        const int Width = 32;
        if (bytes.Length < Streams * Width)
        {
            return Crc32CStreams.Run<SseStep>(register, bytes);
        }

        ref byte at = ref MemoryMarshal.GetReference(bytes);
        int rounds = bytes.Length / (Streams * Width);
        Vector256<ulong> a = Load256(ref at, 0) ^ Vector256.CreateScalar((ulong)register);
        Vector256<ulong> b = Load256(ref at, Width), c = Load256(ref at, 2 * Width), d = Load256(ref at, 3 * Width);
        Vector256<ulong> over = Vector256.Create(_over128, _over128);
        for (int i = 1; i < rounds; i++)
        {
            at = ref Unsafe.Add(ref at, Streams * Width);
            a = Fold(a, over) ^ Load256(ref at, 0);
            b = Fold(b, over) ^ Load256(ref at, Width);
            c = Fold(c, over) ^ Load256(ref at, 2 * Width);
            d = Fold(d, over) ^ Load256(ref at, 3 * Width);
        }

        over = Vector256.Create(_over32, _over32);
        d ^= Fold(c ^ Fold(b ^ Fold(a, over), over), over);
        return Finish(d, bytes[(rounds * Streams * Width)..]);
    }

    private static uint Finish(Vector256<ulong> left, ReadOnlySpan<byte> rest)
    {
        Vector128<ulong> last = Fold(left.GetLower(), _over16) ^ left.GetUpper();
        uint register = (uint)SseStep.Eight(SseStep.Eight(0, last.ToScalar()), last.GetElement(1));
        return Crc32CStreams.Run<SseStep>(register, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Load512(ref byte at, int offset) => Vector512.LoadUnsafe(ref Unsafe.Add(ref at, offset)).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Load256(ref byte at, int offset) => Vector256.LoadUnsafe(ref Unsafe.Add(ref at, offset)).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Fold(Vector512<ulong> lanes, Vector512<ulong> over) =>
        Pclmulqdq.V512.CarrylessMultiply(lanes, over, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(lanes, over, 0x11);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Fold(Vector256<ulong> lanes, Vector256<ulong> over) =>
        Pclmulqdq.V256.CarrylessMultiply(lanes, over, 0x00) ^ Pclmulqdq.V256.CarrylessMultiply(lanes, over, 0x11);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Fold(Vector128<ulong> lane, Vector128<ulong> over) =>
        Pclmulqdq.CarrylessMultiply(lane, over, 0x00) ^ Pclmulqdq.CarrylessMultiply(lane, over, 0x11);

    private static Vector128<ulong> FoldOver(int bytes) => Vector128.Create(
        (ulong)Crc32CPolynomial.PowerOfByteShift(bytes + sizeof(uint)) << 1, (ulong)Crc32CPolynomial.PowerOfByteShift(bytes - sizeof(uint)) << 1);
}
