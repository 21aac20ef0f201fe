using System.Buffers.Binary;

namespace Blockwire.Testing;

/// <summary>CRC32C bit by bit, as plain as can be: what the product's fast ways are compared with.</summary>
public static class ReferenceCrc32C
{
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        uint register = 0xFFFF_FFFF;
        foreach (byte value in bytes)
        {
            register ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                register = (register & 1) != 0 ? (register >> 1) ^ 0x82F6_3B78 : register >> 1;
            }
        }

        return ~register;
    }

    /// <summary>The four bytes on the wire.</summary>
    public static byte[] Digest(ReadOnlySpan<byte> covered)
    {
        byte[] digest = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(digest, Compute(covered));
        return digest;
    }
}
