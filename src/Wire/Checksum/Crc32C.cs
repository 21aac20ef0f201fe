using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Blockwire.Wire;

/// <summary>
/// CRC32C, the checksum of iSCSI digests (RFC 7143 §13.1: generator 0x11EDC6F41, register preset to ones, result inverted). Uses carry-less
/// multiplication or the processor's CRC instruction where there is one. Allocates nothing.
/// </summary>
public static class Crc32C
{
    /// <summary>The CRC of no bytes: where <see cref="Append"/> begins.</summary>
    public const uint Empty = 0;

    /// <summary>The CRC of these bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => Append(Empty, bytes);

    /// <summary>Goes on with more bytes, so that data can lie in pieces.</summary>
    /// <param name="crc">The CRC of all bytes before; <see cref="Empty"/> for none.</param>
    /// <param name="bytes">The bytes that follow.</param>
    /// <returns>The CRC of all together.</returns>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes) =>
        Crc32CFolding.IsSupported && bytes.Length >= Crc32CFolding.Least ? ~Crc32CFolding.Run(~crc, bytes)
        : Sse42.X64.IsSupported ? ~Crc32CStreams.Run<SseStep>(~crc, bytes)
        : Crc32.Arm64.IsSupported ? ~Crc32CStreams.Run<ArmStep>(~crc, bytes)
        : ~Crc32CSerial.Run<SoftwareStep>(~crc, bytes);

    /// <summary>
    /// Goes on with that many zero bytes, such as padding, without having them. Takes time by the logarithm of the count.
    /// </summary>
    /// <param name="crc">The CRC of all bytes before; <see cref="Empty"/> for none.</param>
    /// <param name="count">How many zero bytes follow.</param>
    /// <returns>The CRC of all together.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public static uint AppendZeros(uint crc, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return ~Crc32CPolynomial.Multiply(Crc32CPolynomial.PowerOfByteShift(count), ~crc);
    }
}
