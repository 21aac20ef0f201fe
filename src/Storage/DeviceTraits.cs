namespace Blockwire.Storage;

/// <summary>How a device does something: not at all, by other means, or by itself.</summary>
public enum Support
{
    /// <summary>The device does not offer it.</summary>
    No,

    /// <summary>The same effect by other means: a flush after the write for FUA, written zeros for an unmap.</summary>
    Emulated,

    /// <summary>The device does it itself.</summary>
    Native,
}

/// <summary>What a device is and can do; fixed while it is open.</summary>
/// <param name="BlockBytes">Bytes in a logical block: 512 or 4096; 2048 on a CD.</param>
/// <param name="BlockCount">Logical blocks on the device; at least 1.</param>
/// <param name="ForceUnitAccess">How a write with FUA reaches stable storage.</param>
/// <param name="Unmap">Whether space can be given back.</param>
/// <param name="WriteZeroes">How <see cref="IBlockDevice.WriteZeroesAsync"/> works.</param>
/// <param name="ReadOnly">Every changing call answers <see cref="IoStatus.WriteProtected"/>.</param>
/// <param name="CompletesInline">
/// A promise that reads, writes and flushes complete before the call returns and never block for long. The caller may then pass
/// buffers that it reuses at once, and need not fear for its thread.
/// </param>
/// <param name="PhysicalBlockBytes">Bytes of the unit that the medium writes at once; a power of two multiple of <paramref name="BlockBytes"/>.</param>
/// <param name="UnmapGranularityBlocks">Blocks that can be unmapped as one; 1 when there is no coarser unit.</param>
public sealed record DeviceTraits(
    uint BlockBytes,
    ulong BlockCount,
    Support ForceUnitAccess,
    Support Unmap,
    Support WriteZeroes,
    bool ReadOnly,
    bool CompletesInline,
    uint PhysicalBlockBytes,
    uint UnmapGranularityBlocks)
{
    /// <summary>
    /// Longest write, in blocks, of which all or nothing is on the device whatever happens, a loss of power included; 0 when the device cannot promise it. Files and
    /// block devices cannot: neither the system nor most media tell what a write leaves behind that was cut short.
    /// </summary>
    public uint AtomicWriteBlocks { get; init; }

    /// <summary>Bytes of protection information that a block has where there is any.</summary>
    public const uint ProtectionBytes = 8;

    /// <summary>The device keeps <see cref="ProtectionBytes"/> beside each block: <see cref="IBlockDevice.ReadProtectedAsync"/> and its like.</summary>
    public bool KeepsProtection { get; init; }

    /// <summary>Bytes of a block together with its protection information.</summary>
    public uint ProtectedBlockBytes => BlockBytes + ProtectionBytes;

    /// <summary>Bytes on the device.</summary>
    public ulong LengthBytes => BlockCount * BlockBytes;
}
