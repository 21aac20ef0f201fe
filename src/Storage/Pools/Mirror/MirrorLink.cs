using System.Runtime.CompilerServices;

namespace Blockwire.Storage;

/// <summary>Where a mirror gets a member from, again and again.</summary>
/// <param name="Name">As the mirror's spec names it.</param>
/// <param name="Open">Opens it.</param>
internal sealed record MirrorMember(string Name, Func<CancellationToken, ValueTask<OpenDisk>> Open)
{
    public bool IsRemote { get; init; }

    public bool IsVolatile { get; init; }

    /// <summary>Where its own copy of the state is; null when it has none.</summary>
    public string? CopyPath { get; init; }

    /// <summary>What lies at <see cref="CopyPath"/>.</summary>
    public Func<string, IMirrorStore> Store { get; init; } = static path => new MirrorStoreInFile(path);

    /// <summary>What is found of it once it is open.</summary>
    public MirrorFinding Find(OpenDisk disk, MirrorRecord? copy, string? copyProblem) => new(Name, Problem: null)
    {
        BlockBytes = disk.Device.Traits.BlockBytes,
        BlockCount = disk.Device.Traits.BlockCount,
        IsVolatile = IsVolatile,
        Identity = MirrorRecordCodec.Fit(disk.Identity),
        CopyPath = CopyPath,
        Copy = copy,
        CopyProblem = copyProblem,
    };
}

/// <summary>What a mirror asks of a member.</summary>
internal enum MirrorCallKind
{
    Read,
    Write,
    Flush,
    Unmap,
    WriteZeroes,
}

/// <summary>A call for a member.</summary>
internal readonly record struct MirrorCall(MirrorCallKind Kind, ulong Lba = 0, ulong BlockCount = 0)
{
    public Memory<byte> Into { get; init; }

    public ReadOnlyMemory<byte> From { get; init; }

    public bool ForceUnitAccess { get; init; }

    public bool MayUnmap { get; init; }
}

/// <summary>A member that is open: one opening of it, never opened again. Calls that hang end when the link is cut.</summary>
internal sealed class MirrorLink(int member, OpenDisk disk, bool isRemote) : IAsyncDisposable
{
    // A remote member serves reads once a local one has so many more to do.
    private const int RemoteCost = 16;

    private readonly CancellationTokenSource _end = new();

    public int Member => member;

    public DeviceTraits Traits => disk.Device.Traits;

    public HangWatch Watch { get; } = new();

    /// <summary>The lower, the sooner a read ends there.</summary>
    public int Cost => Watch.InFlight + (isRemote ? RemoteCost : 0);

    /// <summary>Calls the device. Whatever ends a call but an answer is <see cref="IoStatus.NotReady"/>: the member has gone.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<IoStatus> CallAsync(MirrorCall call)
    {
        int tick = Watch.Begin();
        try
        {
            return await Start(call).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return IoStatus.NotReady;
        }
        finally
        {
            Watch.End(tick);
        }
    }

    /// <summary>Asks for an extent; what cannot be told is an error of the medium.</summary>
    public ValueTask<ExtentStatus> QueryAsync(ulong lba, ulong maxBlocks) => AskAsync(
        (lba, maxBlocks), static (device, at, end) => device.QueryExtentAsync(at.lba, at.maxBlocks, end), new ExtentStatus(IoStatus.NotReady, ProvisioningState.Mapped, 0));

    /// <summary>What space the member takes; null when it cannot tell, or has gone.</summary>
    public ValueTask<SpaceUsage?> QuerySpaceAsync() => AskAsync(0, static (device, _, end) => device.QuerySpaceAsync(end), (SpaceUsage?)null);

    /// <summary>Has blocks brought near; false when the member does not, or has gone.</summary>
    public ValueTask<bool> PrefetchAsync(ulong lba, ulong blockCount) =>
        AskAsync((lba, blockCount), static (device, at, end) => device.PrefetchAsync(at.lba, at.blockCount, end), false);

    /// <summary>Ends the calls on their way, as far as the device lets them be ended.</summary>
    public Task CutAsync() => _end.CancelAsync();

    /// <summary>Waits for the calls on their way, and closes the device.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await disk.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<TAnswer> AskAsync<TAsked, TAnswer>(
        TAsked asked, Func<IBlockDevice, TAsked, CancellationToken, ValueTask<TAnswer>> ask, TAnswer whenGone)
    {
        int tick = Watch.Begin();
        try
        {
            return await ask(disk.Device, asked, _end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return whenGone;
        }
        finally
        {
            Watch.End(tick);
        }
    }

    private ValueTask<IoStatus> Start(in MirrorCall call) => call.Kind switch
    {
        MirrorCallKind.Read => disk.Device.ReadAsync(call.Lba, call.Into, _end.Token),
        MirrorCallKind.Write => disk.Device.WriteAsync(call.Lba, call.From, call.ForceUnitAccess, _end.Token),
        MirrorCallKind.Flush => disk.Device.FlushAsync(_end.Token),
        // A member that came later may lack what the others had: to read as zeros is what counts.
        MirrorCallKind.Unmap when Traits.Unmap != Support.No => disk.Device.UnmapAsync(call.Lba, call.BlockCount, _end.Token),
        _ => disk.Device.WriteZeroesAsync(call.Lba, call.BlockCount, call.MayUnmap || call.Kind == MirrorCallKind.Unmap, call.ForceUnitAccess, _end.Token),
    };
}
