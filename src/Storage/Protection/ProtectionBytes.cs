namespace Blockwire.Storage;

/// <summary>
/// How protection information is stored: inverted, so that what was never written, a hole in a file or an untouched page, stands for the all ones of a block without any.
/// Takes blocks apart and puts them together.
/// </summary>
internal static class ProtectionBytes
{
    /// <summary>Bytes of protection information of a block.</summary>
    public const int Length = (int)DeviceTraits.ProtectionBytes;

    /// <summary>Inverts the protection information of blocks that have it behind their data.</summary>
    public static void Invert(Span<byte> blocks, int blockBytes)
    {
        for (int at = blockBytes; at < blocks.Length; at += blockBytes + Length) InvertAll(blocks.Slice(at, Length));
    }

    /// <summary>Takes the data out of blocks that have protection information behind it.</summary>
    public static void CopyData(ReadOnlySpan<byte> blocks, Span<byte> data, int blockBytes)
    {
        for (; blocks.Length > 0; blocks = blocks[(blockBytes + Length)..], data = data[blockBytes..]) blocks[..blockBytes].CopyTo(data);
    }

    /// <summary>Takes the protection information out of blocks, inverted.</summary>
    public static void CopyTags(ReadOnlySpan<byte> blocks, Span<byte> tags, int blockBytes)
    {
        Span<byte> all = tags;
        for (; blocks.Length > 0; blocks = blocks[(blockBytes + Length)..], tags = tags[Length..]) blocks.Slice(blockBytes, Length).CopyTo(tags);
        InvertAll(all[..^tags.Length]);
    }

    /// <summary>Puts blocks together of data and inverted protection information.</summary>
    public static void Join(ReadOnlySpan<byte> data, ReadOnlySpan<byte> tags, Span<byte> blocks, int blockBytes)
    {
        Span<byte> all = blocks;
        for (; data.Length > 0; data = data[blockBytes..], tags = tags[Length..], blocks = blocks[(blockBytes + Length)..])
        {
            data[..blockBytes].CopyTo(blocks);
            tags[..Length].CopyTo(blocks[blockBytes..]);
        }
        Invert(all[..^blocks.Length], blockBytes);
    }

    /// <summary>Puts blocks together of data alone: what is stored of them has no protection information.</summary>
    public static void JoinUnset(ReadOnlySpan<byte> data, Span<byte> stored, int blockBytes)
    {
        for (; data.Length > 0; data = data[blockBytes..], stored = stored[(blockBytes + Length)..])
        {
            data[..blockBytes].CopyTo(stored);
            stored.Slice(blockBytes, Length).Clear();
        }
    }

    private static void InvertAll(Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)~bytes[i];
    }
}
