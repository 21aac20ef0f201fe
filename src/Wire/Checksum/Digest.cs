using System.Buffers.Binary;

namespace Blockwire.Wire;

/// <summary>The four bytes of a header or data digest (RFC 7143 §11.2.3, §13.1; byte order by the examples of its appendix A.4).</summary>
public static class Digest
{
    /// <summary>Length of a digest, in bytes.</summary>
    public const int Length = 4;

    /// <summary>Writes a CRC32C as a digest.</summary>
    /// <param name="digest">Receives 4 bytes.</param>
    /// <param name="crc">What <see cref="Crc32C"/> computed over the covered bytes, padding included.</param>
    public static void Write(Span<byte> digest, uint crc) => BinaryPrimitives.WriteUInt32LittleEndian(digest, crc);

    /// <summary>Computes and writes the digest of bytes that lie together.</summary>
    /// <param name="digest">Receives 4 bytes.</param>
    /// <param name="covered">What the digest covers, padding included.</param>
    public static void Write(Span<byte> digest, ReadOnlySpan<byte> covered) => Write(digest, Crc32C.Compute(covered));

    /// <summary>Reads a digest as a CRC32C.</summary>
    /// <param name="digest">At least 4 bytes.</param>
    public static uint Read(ReadOnlySpan<byte> digest) => BinaryPrimitives.ReadUInt32LittleEndian(digest);

    /// <summary>Is this the digest of bytes with that CRC32C?</summary>
    public static bool Check(ReadOnlySpan<byte> digest, uint crc) => Read(digest) == crc;

    /// <summary>Is this the digest of these bytes, padding included?</summary>
    public static bool Check(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> covered) => Check(digest, Crc32C.Compute(covered));
}
