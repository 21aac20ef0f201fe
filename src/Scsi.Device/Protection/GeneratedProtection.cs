namespace Blockwire.Scsi.Device.Protection;

/// <summary>
/// The protection information of blocks that are written without any (SBC-3 §5.33, WRPROTECT 000b): a true guard, the reference tag of type 1, and else none that a later
/// check could fail.
/// </summary>
internal static class GeneratedProtection
{
    /// <summary>Puts blocks together of their data and generated protection information.</summary>
    /// <param name="data">Whole blocks of data.</param>
    /// <param name="blocks">Gets them with protection information behind each.</param>
    /// <param name="blockBytes">Bytes of the data of a block.</param>
    /// <param name="type">Type of protection.</param>
    /// <param name="lba">Address of the first block.</param>
    /// <param name="initiatorsOwnTags">ATO: application tags are set by initiators alone, so that these blocks get FFFFh.</param>
    public static void Join(ReadOnlySpan<byte> data, Span<byte> blocks, int blockBytes, ProtectionType type, ulong lba, bool initiatorsOwnTags)
    {
        for (; data.Length > 0; lba++)
        {
            data[..blockBytes].CopyTo(blocks);
            Write(blocks, blockBytes, type, lba, initiatorsOwnTags);
            data = data[blockBytes..];
            blocks = blocks[(blockBytes + ProtectionInformation.Length)..];
        }
    }

    /// <summary>Writes the protection information of a block behind its data.</summary>
    public static void Write(Span<byte> block, int blockBytes, ProtectionType type, ulong lba, bool initiatorsOwnTags) =>
        Of(GuardCrc.Compute(block[..blockBytes]), type, lba, initiatorsOwnTags).Write(block[blockBytes..]);

    /// <summary>Takes the data out of blocks; both may begin at the same place.</summary>
    public static void Strip(ReadOnlySpan<byte> blocks, Span<byte> data, int blockBytes)
    {
        for (; blocks.Length > 0; data = data[blockBytes..])
        {
            blocks[..blockBytes].CopyTo(data);
            blocks = blocks[(blockBytes + ProtectionInformation.Length)..];
        }
    }

    // Nobody can know the reference tag that a later READ(32) expects of a block of type 2: its checks are disabled. Type 3 has none to check.
    private static ProtectionInformation Of(ushort guard, ProtectionType type, ulong lba, bool initiatorsOwnTags) => new(
        guard,
        initiatorsOwnTags || type == ProtectionType.Type2 ? ProtectionInformation.NoApplicationTag : (ushort)0,
        type == ProtectionType.Type1 ? (uint)lba : ProtectionInformation.NoReferenceTag);
}
