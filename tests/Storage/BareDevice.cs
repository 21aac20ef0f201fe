namespace Blockwire.Storage.Tests;

/// <summary>A backend with reads, writes and flushes and nothing else; any other call is a defect of the filters above.</summary>
internal sealed class BareDevice(IBlockDevice next) : BlockFilter(next)
{
    public override DeviceTraits Traits { get; } =
        next.Traits with { ForceUnitAccess = Support.No, Unmap = Support.No, WriteZeroes = Support.No };

    public int Flushes { get; private set; }

    public override ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
        forceUnitAccess ? throw new NotSupportedException() : base.WriteAsync(lba, from, forceUnitAccess, cancellationToken);

    public override ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken)
    {
        Flushes++;
        return base.FlushAsync(cancellationToken);
    }

    public override ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) => throw new NotSupportedException();

    public override ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken) => throw new NotSupportedException();
}
