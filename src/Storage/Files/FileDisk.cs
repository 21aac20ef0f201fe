namespace Blockwire.Storage;

/// <summary>A disk in a raw image file or on a block device.</summary>
/// <remarks>
/// <para>What the page cache can do at once is done on the calling thread; whatever may wait goes to the disk's own I/O threads: up to
/// <see cref="ReadThreads"/> reads, <see cref="ChangeThreads"/> changes and one flush are in the system at a time. On a file system
/// that lives in memory reads, writes and flushes complete on the calling thread. No call blocks its caller.</para>
/// <para>On Linux a disk that may be written lends the pages of the cache for reads of <see cref="SmallestLoanBytes"/> or more; the memory is for
/// system calls alone (<see cref="FileMapping"/>). What is lent when the disk is closed reads as zeros from then on.</para>
/// <para>FUA and flush end with a sync of the file; flushes that wait at the same time share one. Once a sync has failed, every later
/// flush and FUA write fails too, until the disk is closed: the system forgets which pages it lost.</para>
/// <para>A token is looked at before an operation starts; one that runs is finished. Disposing waits for the operations that run and
/// does not flush.</para>
/// </remarks>
public sealed class FileDisk : IBlockDevice
{
    /// <summary>Reads that may wait for the medium at the same time.</summary>
    internal const int ReadThreads = 32;

    /// <summary>Changes that may wait at the same time; few, because file systems let one writer at a time into a file.</summary>
    internal const int ChangeThreads = 4;

    /// <summary>Below this a copy costs less than to ask whether the pages are in memory and to have the sender look them up.</summary>
    internal const int SmallestLoanBytes = 16 << 10;

    private const int ZeroPieceBytes = 1 << 20;

    private readonly IFileCalls _calls;
    private readonly FileFacts _facts;
    private readonly FileMapping? _mapping;
    private readonly IoThreads _readers;
    private readonly IoThreads _changers;
    private readonly GroupCommit _commit;
    private readonly TaskCompletionSource _lastCallEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _blockBytes;
    private volatile DeviceTraits _traits;
    private volatile bool _triesReadNow = true;
    private volatile bool _triesWriteNow = true;
    private volatile bool _closed;
    private int _isDisposed;
    private long _callsAndOpen = 1;

    internal FileDisk(IFileCalls calls, FileDiskOptions options)
    {
        _calls = calls;
        _facts = calls.Facts;
        _mapping = options.ReadOnly ? null : calls.TryMap();
        _blockBytes = options.BlockBytes;
        _readers = new IoThreads("disk read", ReadThreads, options.IdleTime);
        _changers = new IoThreads("disk change", ChangeThreads, options.IdleTime);
        _commit = new GroupCommit(calls.Sync, new IoThreads("disk flush", 1, options.IdleTime));
        Operations = new FileOperationPool(this);
        _traits = new DeviceTraits(
            options.BlockBytes,
            (ulong)_facts.LengthBytes / options.BlockBytes,
            ForceUnitAccess: Support.Emulated,
            Unmap: _facts.CanPunchHoles ? Support.Native : Support.No,
            WriteZeroes: _facts.ZeroesQuickly || _facts.CanPunchHoles ? Support.Native : Support.Emulated,
            options.ReadOnly,
            CompletesInline: _facts.NeverBlocks,
            PhysicalBlockBytes: Math.Max(4096, options.BlockBytes),
            UnmapGranularityBlocks: Math.Max(1, (uint)_facts.AllocationBytes / options.BlockBytes));
    }

    /// <inheritdoc/>
    public DeviceTraits Traits => _traits;

    /// <summary>True on a file system that lives in memory: the data of a write goes straight to the pages of the file there.</summary>
    public bool TakesStreamedData => _facts.NeverBlocks && _mapping is { IsWritable: true };

    internal FileOperationPool Operations { get; }

    /// <summary>Opens or creates the file, and locks it: against everyone for writing, against writers for reading.</summary>
    /// <param name="path">The file or block device.</param>
    /// <param name="options">How to open it.</param>
    /// <exception cref="DiskOpenException">It cannot be opened; the message is one line for the user.</exception>
    public static FileDisk Open(string path, FileDiskOptions options)
    {
        IFileCalls calls = FileOpening.Open(path, options);
        return new FileDisk(options.Wrap is { } wrap ? wrap(calls) : calls, options);
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        if (!TryBeginCall()) return new(IoStatus.NotReady);
        long offset = (long)lba * _blockBytes;
        if (_facts.NeverBlocks) return Ended(_calls.Read(offset, into.Span));
        if (_triesReadNow)
        {
            int done = _calls.TryReadNow(offset, into.Span);
            if (done == into.Length) return Ended(IoStatus.Ok);
            if (done < 0) _triesReadNow = false;
            else (offset, into) = (offset + done, into[done..]);
        }
        FileOperation operation = Operations.Rent().ToRead(offset, into, cancellationToken);
        return Queue(_readers, operation);
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        if (!TryBeginCall()) return new(IoStatus.NotReady);
        long offset = (long)lba * _blockBytes;
        if (_facts.NeverBlocks)
        {
            if (StreamedData.TryFind(from, out StreamedData streamed) && _mapping!.TryGetPlace(offset, from.Length, out Span<byte> place))
            {
                bool isWhole = streamed.Take(place, out ReadOnlyMemory<byte> rest);
                _mapping.NoteWrite();
                if (!isWhole) return Ended(IoStatus.WriteError);
                (offset, from) = (offset + from.Length - rest.Length, rest);
            }
            IoStatus status = _calls.Write(offset, from.Span);
            return Ended(status == IoStatus.Ok && forceUnitAccess ? _commit.SyncNow() : status);
        }
        if (_triesWriteNow)
        {
            int done = _calls.TryWriteNow(offset, from.Span);
            if (done == from.Length) return forceUnitAccess ? JoinFlush() : Ended(IoStatus.Ok);
            if (done < 0) _triesWriteNow = false;
            else (offset, from) = (offset + done, from[done..]);
        }
        return Queue(_changers, Operations.Rent().ToWrite(offset, from, forceUnitAccess, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken)
    {
        if (!TryBeginCall()) return new(IoStatus.NotReady);
        if (Traits.ReadOnly) return Ended(IoStatus.Ok);
        NoteChanges();
        return _facts.NeverBlocks ? Ended(_commit.SyncNow()) : JoinFlush();
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) =>
        WriteZeroesAsync(lba, blockCount, mayUnmap: true, forceUnitAccess: false, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        if (!TryBeginCall()) return new(IoStatus.NotReady);
        (long offset, long lengthBytes) = ((long)lba * _blockBytes, (long)blockCount * _blockBytes);
        return Queue(_changers, Operations.Rent().ToZero(offset, lengthBytes, mayUnmap, forceUnitAccess, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken)
    {
        if (!TryBeginCall()) return new(new ExtentStatus(IoStatus.NotReady, ProvisioningState.Mapped, 0));
        long lengthBytes = (long)Math.Min(maxBlocks, Traits.BlockCount - lba) * _blockBytes;
        FileOperation operation = Operations.Rent().ToFindExtent((long)lba * _blockBytes, lengthBytes, cancellationToken);
        ValueTask<ExtentStatus> task = operation.ExtentTask;
        _changers.Queue(operation);
        return task;
    }

    /// <inheritdoc/>
    public bool TryGrow()
    {
        if (!TryBeginCall()) return false;
        try
        {
            long blocks = _calls.LengthNow() / _blockBytes;
            if (blocks <= (long)_traits.BlockCount) return false;
            _traits = _traits with { BlockCount = (ulong)blocks };
            return true;
        }
        finally
        {
            EndCall();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<SpaceUsage?> QuerySpaceAsync(CancellationToken cancellationToken)
    {
        if (!TryBeginCall()) return null;
        try
        {
            // A file system may be slow to answer, one on a network above all.
            return await Task.Run(_calls.FindSpace, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            EndCall();
        }
    }

    /// <summary>Asks the system to read ahead into its page cache; true once it has taken that up.</summary>
    public async ValueTask<bool> PrefetchAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
    {
        if (!TryBeginCall()) return false;
        if (_facts.NeverBlocks)
        {
            EndCall();
            return true;
        }
        FileOperation operation = Operations.Rent().ToPrefetch((long)lba * _blockBytes, (long)blockCount * _blockBytes, cancellationToken);
        return await Queue(_readers, operation).ConfigureAwait(false) == IoStatus.Ok;
    }

    /// <inheritdoc/>
    public bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        if (_mapping is null || lengthBytes < SmallestLoanBytes || !TryBeginCall()) return false;
        long offset = (long)lba * _blockBytes;
        // The cache may still hold what somebody has cut off, which no call can read: that takes the way that ends in an error of the medium.
        bool isLent = offset + lengthBytes <= _calls.LengthNow() && _mapping.TryLend(offset, lengthBytes, out pages);
        EndCall();
        return isLent;
    }

    /// <summary>Waits for the operations that run, then closes the file and lets go of its lock. Later calls answer <see cref="IoStatus.NotReady"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        _closed = true;
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0) EndCall();       // the count's own share
        await _lastCallEnded.Task.ConfigureAwait(false);
        NoteChanges();
        _mapping?.Close();
        _calls.Dispose();
    }

    /// <summary>Does an operation on an I/O thread.</summary>
    internal void Perform(FileOperation operation)
    {
        try
        {
            operation.CancellationToken.ThrowIfCancellationRequested();
            switch (operation.Kind)
            {
                case FileOperationKind.Read:
                    operation.Complete(_calls.Read(operation.Offset, operation.Buffer.Span));
                    break;
                case FileOperationKind.Write:
                    CompleteChange(operation, _calls.Write(operation.Offset, operation.Buffer.Span));
                    break;
                case FileOperationKind.Zero:
                    CompleteChange(operation, Zero(operation));
                    break;
                case FileOperationKind.Prefetch:
                    operation.Complete(_calls.TryReadAhead(operation.Offset, operation.LengthBytes) ? IoStatus.Ok : IoStatus.NotSupported);
                    break;
                case FileOperationKind.FindExtent:
                    operation.Complete(FindExtent(operation));
                    break;
                default:
                    throw new System.Diagnostics.UnreachableException("flushes wait with the group commit");
            }
        }
        catch (Exception e)
        {
            operation.Fail(e);
        }
    }

    /// <summary>One call less in flight.</summary>
    internal void EndCall()
    {
        if (Interlocked.Decrement(ref _callsAndOpen) == 0) _lastCallEnded.SetResult();
    }

    private void NoteChanges()
    {
        if (_mapping is { } mapping && mapping.TakeNews()) _calls.NoteChange();
    }

    private bool TryBeginCall()
    {
        if (_closed) return false;
        Interlocked.Increment(ref _callsAndOpen);
        if (!_closed) return true;
        EndCall();
        return false;
    }

    private ValueTask<IoStatus> Ended(IoStatus status)
    {
        EndCall();
        return new(status);
    }

    private static ValueTask<IoStatus> Queue(IoThreads threads, FileOperation operation)
    {
        // Taken first: once queued, the operation may complete, and its version is that of this use only until then.
        ValueTask<IoStatus> task = operation.Task;
        threads.Queue(operation);
        return task;
    }

    private ValueTask<IoStatus> JoinFlush()
    {
        FileOperation operation = Operations.Rent().ToFlush();
        ValueTask<IoStatus> task = operation.Task;
        _commit.Join(operation);
        return task;
    }

    private void CompleteChange(FileOperation operation, IoStatus status)
    {
        if (status != IoStatus.Ok || !operation.ForceUnitAccess) operation.Complete(status);
        else if (_facts.NeverBlocks) operation.Complete(_commit.SyncNow());
        else _commit.Join(operation);
    }

    private IoStatus Zero(FileOperation operation)
    {
        IoStatus status = operation.MayUnmap && _facts.CanPunchHoles
            ? _calls.PunchHole(operation.Offset, operation.LengthBytes)
            : IoStatus.NotSupported;
        if (status == IoStatus.NotSupported && _facts.ZeroesQuickly) status = _calls.ZeroRange(operation.Offset, operation.LengthBytes);
        return status == IoStatus.NotSupported ? WriteZeros(operation) : status;
    }

    private IoStatus WriteZeros(FileOperation operation)
    {
        ReadOnlySpan<byte> zeros = ZeroPages.Memory.Span[..ZeroPieceBytes];
        long end = operation.Offset + operation.LengthBytes;
        for (long offset = operation.Offset; offset < end; offset += ZeroPieceBytes)
        {
            operation.CancellationToken.ThrowIfCancellationRequested();
            IoStatus status = _calls.Write(offset, zeros[..(int)Math.Min(ZeroPieceBytes, end - offset)]);
            if (status != IoStatus.Ok) return status;
        }
        return IoStatus.Ok;
    }

    private ExtentStatus FindExtent(FileOperation operation)
    {
        IoStatus status = _calls.FindExtent(operation.Offset, out bool isData, out long end);
        if (status != IoStatus.Ok) return new ExtentStatus(status, ProvisioningState.Mapped, 0);
        long lengthBytes = Math.Min(end - operation.Offset, operation.LengthBytes);
        // A block that is a hole in part only has storage behind it.
        if (!isData && lengthBytes < _blockBytes) (isData, lengthBytes) = (true, _blockBytes);
        long blocks = isData ? (lengthBytes + _blockBytes - 1) / _blockBytes : lengthBytes / _blockBytes;
        return new ExtentStatus(IoStatus.Ok, isData ? ProvisioningState.Mapped : ProvisioningState.Deallocated, (ulong)blocks);
    }
}
