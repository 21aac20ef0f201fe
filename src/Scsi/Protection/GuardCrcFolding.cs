using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blockwire.Scsi;

/// <summary>
/// The guard's CRC by carry-less multiplication: four lanes of 16 bytes, each multiplied by the power of x that brings it over the next 64 bytes, which are added.
/// </summary>
/// <remarks>
/// The bytes of a lane are turned around, so that its highest bit is the highest power. Folding it over D bits multiplies its upper half by x^(D+64) and its lower half by
/// x^D, both modulo the generator.
/// </remarks>
internal static class GuardCrcFolding
{
    /// <summary>Bytes from which it is worth it.</summary>
    internal const int Least = 128;

    private const int Lane = 16, Round = 4 * Lane;

    private static readonly Vector128<ulong> _overLane = FoldOver(Lane), _overRound = FoldOver(Round);

    /// <summary>Does the processor multiply without carries?</summary>
    internal static bool IsSupported => Pclmulqdq.IsSupported && Ssse3.IsSupported;

    /// <summary>Moves the register over the bytes: 64 of them or more.</summary>
    internal static ushort Run(ushort crc, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Round)
        {
            return GuardCrcTable.Run(crc, bytes);
        }

        ref byte at = ref MemoryMarshal.GetReference(bytes);
        int rounds = bytes.Length / Round;
        Vector128<ulong> a = Load(ref at, 0) ^ Vector128.Create(0UL, (ulong)crc << 48);
        Vector128<ulong> b = Load(ref at, Lane), c = Load(ref at, 2 * Lane), d = Load(ref at, 3 * Lane);
        Vector128<ulong> over = _overRound;
        for (int i = 1; i < rounds; i++)
        {
            at = ref Unsafe.Add(ref at, Round);
            a = Fold(a, over) ^ Load(ref at, 0);
            b = Fold(b, over) ^ Load(ref at, Lane);
            c = Fold(c, over) ^ Load(ref at, 2 * Lane);
            d = Fold(d, over) ^ Load(ref at, 3 * Lane);
        }

        over = _overLane;
        d ^= Fold(c ^ Fold(b ^ Fold(a, over), over), over);

        // What is left are 16 bytes with the CRC of all.
        Vector128<byte> last = Turn(d.AsByte());
        Span<byte> lane = stackalloc byte[Lane];
        last.CopyTo(lane);
        return GuardCrcTable.Run(GuardCrcTable.Run(0, lane), bytes[(rounds * Round)..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Load(ref byte at, int offset) => Turn(Vector128.LoadUnsafe(ref Unsafe.Add(ref at, offset))).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Turn(Vector128<byte> lane) =>
        Ssse3.Shuffle(lane, Vector128.Create((byte)15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Fold(Vector128<ulong> lane, Vector128<ulong> over) =>
        Pclmulqdq.CarrylessMultiply(lane, over, 0x00) ^ Pclmulqdq.CarrylessMultiply(lane, over, 0x11);

    private static Vector128<ulong> FoldOver(int bytes) =>
        Vector128.Create((ulong)GuardCrcPolynomial.PowerOfX(8 * bytes), (ulong)GuardCrcPolynomial.PowerOfX((8 * bytes) + 64));
}
