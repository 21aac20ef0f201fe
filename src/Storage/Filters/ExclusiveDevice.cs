using System.Runtime.CompilerServices;

namespace Blockwire.Storage;

/// <summary>
/// A disk of which one caller can have a range of blocks alone, against every other call that comes through here: what COMPARE AND WRITE and its like need. While nobody
/// has or wants a range alone, a call costs two interlocked operations more and nothing is allocated.
/// </summary>
/// <remarks>
/// <para>Calls for blocks that someone has alone wait: on a disk that <see cref="DeviceTraits.CompletesInline"/> on their thread, since they promised to complete there, else
/// without a thread. The wait is as long as the holder's own calls take. Overlapping ranges are had in the order in which they were asked for.</para>
/// <para>Nothing is lent any more once a range was held to be changed: whoever still sends lent pages would show a change by halves.</para>
/// </remarks>
/// <param name="next">The device below, which does not belong to the filter.</param>
public sealed class ExclusiveDevice(IBlockDevice next) : BlockFilter(next)
{
    private readonly BlockTurns _turns = new();
    private volatile bool _neverLends;
    private volatile bool _isTaken;
    private volatile Action<ulong, ulong>? _changing;

    /// <summary>
    /// Waits until no other call works on the blocks and keeps others from beginning, until the hold is disposed. Whoever holds blocks reaches them through the hold alone, and
    /// asks for no others.
    /// </summary>
    /// <param name="lba">First block.</param>
    /// <param name="blockCount">How many.</param>
    /// <param name="toChange">The holder may change them.</param>
    /// <param name="cancellationToken">Looked at when the wait is over.</param>
    public async ValueTask<BlockHold> HoldAsync(ulong lba, ulong blockCount, bool toChange, CancellationToken cancellationToken)
    {
        _neverLends |= toChange;
        long ticket = await _turns.EnterAlone(lba, blockCount, Traits.CompletesInline).ConfigureAwait(false);
        if (!cancellationToken.IsCancellationRequested) return new BlockHold(this, Next, ticket);
        _turns.LeaveAlone(ticket);
        throw new OperationCanceledException(cancellationToken);
    }

    /// <summary>
    /// Waits until no call works on the disk and then refuses all others, with <see cref="IoStatus.NotReady"/>, until the access is disposed: what was under way before lands before,
    /// and nothing lands behind. For work that is too long to be waited for. One owner at a time.
    /// </summary>
    public async ValueTask<SoleAccess> TakeAloneAsync()
    {
        using BlockHold all = await HoldAsync(0, Traits.BlockCount, toChange: false, CancellationToken.None).ConfigureAwait(false);
        _turns.Close();
        _isTaken = true;
        return new SoleAccess(this, Next);
    }

    /// <summary>
    /// Tells of every change before it begins. To be called by the holder of all blocks whose changes matter, so that none is under way; one listener at a time.
    /// </summary>
    /// <param name="changing">Gets first block and count; called on the changer's thread, and has to be quick.</param>
    public void Watch(Action<ulong, ulong> changing)
    {
        _turns.Close();
        _changing = changing;
    }

    /// <summary>Ends <see cref="Watch"/>.</summary>
    public void Unwatch()
    {
        _changing = null;
        _turns.Open();
    }

    /// <inheritdoc/>
    public override bool TakesStreamedData => Next.TakesStreamedData;

    /// <inheritdoc/>
    public override ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        if (!_turns.TryPass(out int cell)) return ReadInTurn(lba, into, cancellationToken);
        ValueTask<IoStatus> pending;
        try
        {
            pending = Next.ReadAsync(lba, into, cancellationToken);
        }
        catch
        {
            _turns.Leave(cell);
            throw;
        }
        return Passing(pending, cell);
    }

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        if (!_turns.TryPass(out int cell)) return WriteInTurn(lba, from, forceUnitAccess, cancellationToken);
        ValueTask<IoStatus> pending;
        try
        {
            pending = Next.WriteAsync(lba, from, forceUnitAccess, cancellationToken);
        }
        catch
        {
            _turns.Leave(cell);
            throw;
        }
        return Passing(pending, cell);
    }

    /// <inheritdoc/>
    public override async ValueTask<IoStatus> ReadProtectedAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        long ticket = await _turns.Enter(lba, (uint)into.Length / Traits.ProtectedBlockBytes, Traits.CompletesInline).ConfigureAwait(false);
        try
        {
            return _isTaken ? IoStatus.NotReady : await Next.ReadProtectedAsync(lba, into, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turns.Leave(ticket);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<IoStatus> WriteProtectedAsync(
        ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        ulong blockCount = (uint)from.Length / Traits.ProtectedBlockBytes;
        long ticket = await _turns.Enter(lba, blockCount, Traits.CompletesInline).ConfigureAwait(false);
        try
        {
            if (_isTaken) return IoStatus.NotReady;
            Tell(lba, blockCount);
            return await Next.WriteProtectedAsync(lba, from, forceUnitAccess, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turns.Leave(ticket);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
    {
        // Zeroing and unmapping may take long: they always tell which blocks they work on, so that holders of others need not wait for them.
        long ticket = await _turns.Enter(lba, blockCount, Traits.CompletesInline).ConfigureAwait(false);
        try
        {
            if (_isTaken) return IoStatus.NotReady;
            Tell(lba, blockCount);
            return await Next.UnmapAsync(lba, blockCount, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turns.Leave(ticket);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        long ticket = await _turns.Enter(lba, blockCount, Traits.CompletesInline).ConfigureAwait(false);
        try
        {
            if (_isTaken) return IoStatus.NotReady;
            Tell(lba, blockCount);
            return await Next.WriteZeroesAsync(lba, blockCount, mayUnmap, forceUnitAccess, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turns.Leave(ticket);
        }
    }

    /// <inheritdoc/>
    public override bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        return !_neverLends && !_isTaken && Next.TryLend(lba, lengthBytes, out pages);
    }

    internal void Tell(ulong lba, ulong blockCount) => _changing?.Invoke(lba, blockCount);

    internal bool IsTaken => _isTaken;

    internal void EndSoleAccess()
    {
        _isTaken = false;
        _turns.Open();
    }

    internal void Release(long ticket) => _turns.LeaveAlone(ticket);

    private ulong Blocks(int lengthBytes) => (uint)lengthBytes / Traits.BlockBytes;

    private ValueTask<IoStatus> Passing(ValueTask<IoStatus> pending, int cell)
    {
        if (!pending.IsCompleted) return LeaveLater(pending, cell);
        _turns.Leave(cell);
        return pending;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> LeaveLater(ValueTask<IoStatus> pending, int cell)
    {
        try
        {
            return await pending.ConfigureAwait(false);
        }
        finally
        {
            _turns.Leave(cell);
        }
    }

    private async ValueTask<IoStatus> ReadInTurn(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        long ticket = await _turns.Enter(lba, Blocks(into.Length), Traits.CompletesInline).ConfigureAwait(false);
        try
        {
            return _isTaken ? IoStatus.NotReady : await Next.ReadAsync(lba, into, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turns.Leave(ticket);
        }
    }

    private async ValueTask<IoStatus> WriteInTurn(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        long ticket = await _turns.Enter(lba, Blocks(from.Length), Traits.CompletesInline).ConfigureAwait(false);
        try
        {
            if (_isTaken) return IoStatus.NotReady;
            Tell(lba, Blocks(from.Length));
            return await Next.WriteAsync(lba, from, forceUnitAccess, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turns.Leave(ticket);
        }
    }
}
