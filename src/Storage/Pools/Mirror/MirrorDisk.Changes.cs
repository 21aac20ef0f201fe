using System.Buffers;
using System.Runtime.CompilerServices;

namespace Blockwire.Storage;

/// <content>Changes: how they go to the members, and when they are acknowledged.</content>
public sealed partial class MirrorDisk
{
    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
        ChangeAsync(
            new MirrorCall(MirrorCallKind.Write, lba, (ulong)from.Length / Traits.BlockBytes) { From = from, ForceUnitAccess = forceUnitAccess },
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) =>
        ChangeAsync(new MirrorCall(MirrorCallKind.Unmap, lba, blockCount), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken) =>
        ChangeAsync(
            new MirrorCall(MirrorCallKind.WriteZeroes, lba, blockCount) { MayUnmap = mayUnmap, ForceUnitAccess = forceUnitAccess }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<IoStatus>(cancellationToken);
        Interlocked.Increment(ref _calls);
        return _setup.IsReadOnly ? new(IoStatus.Ok) : FlushMembersAsync();
    }

    /// <summary>
    /// When the last member in sync went and came back, what was acknowledged and not flushed may have gone with it. The flush that would have
    /// made it stable fails, once.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> FlushMembersAsync()
    {
        IoStatus status = await OnAllAsync(new MirrorCall(MirrorCallKind.Flush)).ConfigureAwait(false);
        return status == IoStatus.Ok && Interlocked.Exchange(ref _mayHaveLost, 0) != 0 ? IoStatus.WriteError : status;
    }

    // A change that has begun is not given up: half of the members would have it.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> ChangeAsync(MirrorCall call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Increment(ref _calls);
        (bool isBegun, long ticket) = await BeginAsync(call.Lba, call.BlockCount, isAlone: false).ConfigureAwait(false);
        IoStatus status = isBegun ? await OnAllAsync(call).ConfigureAwait(false) : IoStatus.WriteError;
        End(call.Lba, call.BlockCount, isBegun, ticket);
        return status;
    }

    /// <summary>
    /// Takes the blocks, and has stable storage know that their regions may differ. False: it could not, and nothing may be changed.
    /// Either way <see cref="End"/> gives the blocks back.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(bool IsBegun, long Ticket)> BeginAsync(ulong lba, ulong blockCount, bool isAlone)
    {
        object? waits;
        long ticket;
        lock (_gate) _ranges.Enter(lba, blockCount, isAlone, static () => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), out ticket, out waits);
        if (waits is TaskCompletionSource turn) await turn.Task.ConfigureAwait(false);
        bool isStable;
        lock (_gate) isStable = _core.BeginChange(lba, blockCount);
        if (isStable || await PersistAsync().ConfigureAwait(false)) return (true, ticket);
        lock (_gate) _core.EndChange(lba, blockCount);
        return (false, ticket);
    }

    private void End(ulong lba, ulong blockCount, bool isBegun, long ticket)
    {
        List<object>? letIn = null;
        lock (_gate)
        {
            if (isBegun) _core.EndChange(lba, blockCount);
            _ranges.Leave(ticket, ref letIn);
        }
        if (letIn is null) return;
        foreach (object waiter in letIn) ((TaskCompletionSource)waiter).SetResult();
    }

    /// <summary>
    /// Has every attached member do it. It is done when one member that is in sync has done it, those that failed are out, and stable
    /// storage knows who is out: else a member that misses it could be taken for in sync after a crash.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> OnAllAsync(MirrorCall call)
    {
        MirrorLink[] links = Volatile.Read(ref _attached);
        ValueTask<IoStatus>[] pending = ArrayPool<ValueTask<IoStatus>>.Shared.Rent(links.Length);
        IoStatus[] ends = ArrayPool<IoStatus>.Shared.Rent(links.Length);
#pragma warning disable CA2012      // each is awaited once, below
        for (int i = 0; i < links.Length; i++) pending[i] = links[i].CallAsync(call);
#pragma warning restore CA2012
        for (int i = 0; i < links.Length; i++) ends[i] = await pending[i].ConfigureAwait(false);
        IoStatus status = Judge(call, links, ends);
        Array.Clear(pending, 0, links.Length);
        ArrayPool<ValueTask<IoStatus>>.Shared.Return(pending);
        ArrayPool<IoStatus>.Shared.Return(ends);
        if (status != IoStatus.Ok) return status;
        while (!IsMembershipStable())
        {
            if (!await PersistAsync().ConfigureAwait(false)) return IoStatus.WriteError;
        }
        return IoStatus.Ok;
    }

    private bool IsMembershipStable()
    {
        lock (_gate) return _core.IsMembershipStable;
    }

    private IoStatus Judge(in MirrorCall call, MirrorLink[] links, IoStatus[] ends)
    {
        PartialStatus all = default;
        bool isKept = false;
        bool isFailed = false;
        bool isAnyInSync = false;
        lock (_gate)
        {
            for (int i = 0; i < links.Length; i++)
            {
                all.Add(ends[i]);
                bool isStillIn = _links[links[i].Member] == links[i] && _core[links[i].Member] == MirrorMemberState.InSync;
                isAnyInSync |= isStillIn;
                isKept |= ends[i] == IoStatus.Ok && isStillIn;
                isFailed |= ends[i] != IoStatus.Ok;
            }
        }
        if (isKept && !isFailed) return IoStatus.Ok;
        for (int i = links.Length - 1; i >= 0; i--)
        {
            // When nobody in sync has it, members may differ in what is not acknowledged: only the first stays in sync, and what it has is
            // the truth from now on. Members that resync are lost too, whether they have it or not.
            if (!isKept || ends[i] != IoStatus.Ok) Lose(links[i], Words(call, ends[i]), ends[i] == IoStatus.NotReady);
        }
        return isKept ? IoStatus.Ok : !isAnyInSync ? IoStatus.NotReady : all.ForChange == IoStatus.Ok ? IoStatus.WriteError : all.ForChange;
    }

    private static string Words(in MirrorCall call, IoStatus status) => call.Kind switch
    {
        MirrorCallKind.Flush => $"a flush ended with {status}",
        MirrorCallKind.Write => $"a write of {call.BlockCount} blocks from {call.Lba} on ended with {status}",
        _ => $"zeroing {call.BlockCount} blocks from {call.Lba} on ended with {status}",
    };
}
