namespace Blockwire.Storage.Tests;

/// <summary>A backend that answers what a test says and lends pages of the wrong length.</summary>
internal sealed class FakeBackend(Func<ValueTask<IoStatus>> answer, ExtentStatus extent) : IBlockDevice
{
    public static readonly DeviceTraits AllNative =
        new(512, 100, Support.Native, Support.Native, Support.Native, ReadOnly: false, CompletesInline: false, 512, 1);

    public DeviceTraits Traits { get; init; } = AllNative;

    public ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken) => answer();

    public ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) => answer();

    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) => answer();

    public ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) => answer();

    public ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken) => answer();

    public async ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken) =>
        extent with { Status = await answer() };

    public bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = new byte[lengthBytes + 1];
        return true;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
