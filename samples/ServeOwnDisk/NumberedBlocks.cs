using System.Buffers.Binary;
using Blockwire.Storage;

namespace Blockwire.Samples.ServeOwnDisk;

/// <summary>A read-only disk in which every block is filled with its own number, as 64-bit big-endian words.</summary>
internal sealed class NumberedBlocks(ulong blockCount) : IBlockDevice
{
    public DeviceTraits Traits { get; } = new(
        BlockBytes: 512,
        BlockCount: blockCount,
        ForceUnitAccess: Support.No,
        Unmap: Support.No,
        WriteZeroes: Support.No,
        ReadOnly: true,
        CompletesInline: true,
        PhysicalBlockBytes: 512,
        UnmapGranularityBlocks: 1);

    public ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        for (int at = 0; at < into.Length; at += sizeof(ulong))
        {
            BinaryPrimitives.WriteUInt64BigEndian(into.Span[at..], lba + ((ulong)at / Traits.BlockBytes));
        }

        return new(IoStatus.Ok);
    }

    public ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) => new(IoStatus.WriteProtected);

    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) => new(IoStatus.Ok);

    public ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) => new(IoStatus.NotSupported);

    public ValueTask<IoStatus> WriteZeroesAsync(ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken) =>
        new(IoStatus.WriteProtected);

    public ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken) =>
        new(new ExtentStatus(IoStatus.Ok, ProvisioningState.Mapped, Math.Min(maxBlocks, Traits.BlockCount - lba)));

    public bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default; // it has no memory of its own to lend
        return false;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
