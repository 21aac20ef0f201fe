namespace Blockwire.Scsi;

/// <summary>
/// The CRC of the LOGICAL BLOCK GUARD field (SBC-3 §4.21.3): generator 8BB7h with its x^16, register begun with 0, the highest bit of each byte first, nothing inverted. Uses
/// carry-less multiplication where the processor has it. Allocates nothing.
/// </summary>
public static class GuardCrc
{
    /// <summary>The CRC of no bytes: where <see cref="Append"/> begins.</summary>
    public const ushort Empty = 0;

    /// <summary>The CRC of these bytes.</summary>
    public static ushort Compute(ReadOnlySpan<byte> bytes) => Append(Empty, bytes);

    /// <summary>Goes on with more bytes, so that data can lie in pieces.</summary>
    /// <param name="crc">The CRC of all bytes before; <see cref="Empty"/> for none.</param>
    /// <param name="bytes">The bytes that follow.</param>
    /// <returns>The CRC of all together.</returns>
    public static ushort Append(ushort crc, ReadOnlySpan<byte> bytes) =>
        GuardCrcFolding.IsSupported && bytes.Length >= GuardCrcFolding.Least ? GuardCrcFolding.Run(crc, bytes) : GuardCrcTable.Run(crc, bytes);
}
