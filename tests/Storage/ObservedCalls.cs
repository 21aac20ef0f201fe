namespace Blockwire.Storage.Tests;

/// <summary>File calls that pass on to the real ones, count, and do what a test asks of them: wait, fail, or fall short.</summary>
internal sealed class ObservedCalls(IFileCalls inner) : IFileCalls
{
    private int _syncCount;
    private int _readsInside;
    private int _nowReads;

    public int SyncCount => Volatile.Read(ref _syncCount);

    /// <summary>Blocking reads that are in the call.</summary>
    public int ReadsInside => Volatile.Read(ref _readsInside);

    public int NowReads => Volatile.Read(ref _nowReads);

    /// <summary>Called on the thread that reads, before the read.</summary>
    public Action? OnRead { get; set; }

    /// <summary>Called on the thread that writes, before the write.</summary>
    public Action? OnWrite { get; set; }

    /// <summary>Called on the thread that asks the system to read ahead.</summary>
    public Action? OnReadAhead { get; set; }

    /// <summary>Called on the thread that syncs, before the sync, with its number from 1 on; what it returns other than Ok is the answer.</summary>
    public Func<int, IoStatus>? OnSync { get; set; }

    /// <summary>Bytes that a call without waiting may move; null leaves it to the system.</summary>
    public int? NowLimit { get; set; }

    /// <summary>The answer of every blocking write, when it is set.</summary>
    public IoStatus? WriteAnswer { get; set; }

    /// <summary>Facts to show in place of the real ones.</summary>
    public FileFacts Facts { get; init; } = inner.Facts;

    public int TryReadNow(long offset, Span<byte> into)
    {
        Interlocked.Increment(ref _nowReads);
        if (NowLimit is not { } limit) return inner.TryReadNow(offset, into);
        Span<byte> part = into[..Math.Min(limit, into.Length)];
        return part.IsEmpty || inner.Read(offset, part) == IoStatus.Ok ? part.Length : 0;
    }

    public int TryWriteNow(long offset, ReadOnlySpan<byte> from)
    {
        if (NowLimit is not { } limit) return inner.TryWriteNow(offset, from);
        ReadOnlySpan<byte> part = from[..Math.Min(limit, from.Length)];
        return part.IsEmpty || inner.Write(offset, part) == IoStatus.Ok ? part.Length : 0;
    }

    public IoStatus Read(long offset, Span<byte> into)
    {
        Interlocked.Increment(ref _readsInside);
        OnRead?.Invoke();
        IoStatus status = inner.Read(offset, into);
        Interlocked.Decrement(ref _readsInside);
        return status;
    }

    public IoStatus Write(long offset, ReadOnlySpan<byte> from)
    {
        OnWrite?.Invoke();
        return WriteAnswer ?? inner.Write(offset, from);
    }

    public bool TryReadAhead(long offset, long lengthBytes)
    {
        OnReadAhead?.Invoke();
        return inner.TryReadAhead(offset, lengthBytes);
    }

    public IoStatus Sync()
    {
        int number = Interlocked.Increment(ref _syncCount);
        IoStatus status = OnSync?.Invoke(number) ?? IoStatus.Ok;
        return status == IoStatus.Ok ? inner.Sync() : status;
    }

    public IoStatus PunchHole(long offset, long lengthBytes) => inner.PunchHole(offset, lengthBytes);

    public IoStatus ZeroRange(long offset, long lengthBytes) => inner.ZeroRange(offset, lengthBytes);

    public IoStatus FindExtent(long offset, out bool isData, out long end) => inner.FindExtent(offset, out isData, out end);

    public void Dispose() => inner.Dispose();
}
