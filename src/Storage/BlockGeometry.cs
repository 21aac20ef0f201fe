namespace Blockwire.Storage;

/// <summary>What every disk's size must satisfy.</summary>
internal static class BlockGeometry
{
    /// <summary>Bytes of the largest disk: offsets are signed 64-bit numbers.</summary>
    public const ulong MaxLengthBytes = 1UL << 63;

    public static bool IsBlockSize(uint blockBytes) => blockBytes is 512 or 2048 or 4096;

    /// <summary>Throws unless the size is a positive number of whole blocks.</summary>
    /// <exception cref="ArgumentException">Not a block size, or not between one block and <see cref="MaxLengthBytes"/> in whole blocks.</exception>
    public static void Check(ulong lengthBytes, uint blockBytes)
    {
        if (!IsBlockSize(blockBytes)) throw new ArgumentException($"a block has 512, 2048 or 4096 bytes, not {blockBytes}", nameof(blockBytes));
        if (lengthBytes == 0 || lengthBytes % blockBytes != 0 || lengthBytes > MaxLengthBytes)
            throw new ArgumentException($"{lengthBytes} bytes are no whole, positive number of blocks of {blockBytes}", nameof(lengthBytes));
    }
}
