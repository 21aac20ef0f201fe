using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace Blockwire.Storage;

/// <summary>What a <see cref="FileOperation"/> does.</summary>
internal enum FileOperationKind
{
    Read,
    Write,
    Zero,
    FindExtent,
    Prefetch,
    Flush,
}

/// <summary>
/// An operation of a file disk on its way through the I/O threads, and the task its caller awaits. Pooled: it goes back when its
/// result is taken. The caller continues on a thread of the thread pool, so that no I/O thread is lost to foreign code.
/// </summary>
internal sealed class FileOperation(FileDisk disk)
    : IoWork, IThreadPoolWorkItem, IValueTaskSource<IoStatus>, IValueTaskSource<ExtentStatus>
{
    private ManualResetValueTaskSourceCore<ExtentStatus> _core;
    private ExtentStatus _result;
    private Exception? _exception;

    public FileOperationKind Kind { get; private set; }

    public long Offset { get; private set; }

    /// <summary>Bytes of a zero, an extent query or a prefetch.</summary>
    public long LengthBytes { get; private set; }

    /// <summary>The buffer of a read or a write; a write only reads from it.</summary>
    public Memory<byte> Buffer { get; private set; }

    /// <summary>The data is to be on stable storage at completion.</summary>
    public bool ForceUnitAccess { get; private set; }

    public bool MayUnmap { get; private set; }

    public CancellationToken CancellationToken { get; private set; }

    /// <summary>Link of the pool and of <see cref="GroupCommit"/>'s waiting list, never both.</summary>
    public FileOperation? NextWaiting { get; set; }

    public ValueTask<IoStatus> Task => new(this, _core.Version);

    public ValueTask<ExtentStatus> ExtentTask => new(this, _core.Version);

    public FileOperation ToRead(long offset, Memory<byte> into, CancellationToken cancellationToken)
    {
        (Kind, Offset, Buffer, CancellationToken) = (FileOperationKind.Read, offset, into, cancellationToken);
        return this;
    }

    public FileOperation ToWrite(long offset, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        (Kind, Offset, Buffer, CancellationToken) = (FileOperationKind.Write, offset, MemoryMarshal.AsMemory(from), cancellationToken);
        ForceUnitAccess = forceUnitAccess;
        return this;
    }

    public FileOperation ToZero(long offset, long lengthBytes, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        (Kind, Offset, LengthBytes, CancellationToken) = (FileOperationKind.Zero, offset, lengthBytes, cancellationToken);
        (MayUnmap, ForceUnitAccess) = (mayUnmap, forceUnitAccess);
        return this;
    }

    public FileOperation ToFindExtent(long offset, long lengthBytes, CancellationToken cancellationToken)
    {
        (Kind, Offset, LengthBytes, CancellationToken) = (FileOperationKind.FindExtent, offset, lengthBytes, cancellationToken);
        return this;
    }

    public FileOperation ToPrefetch(long offset, long lengthBytes, CancellationToken cancellationToken)
    {
        (Kind, Offset, LengthBytes, CancellationToken) = (FileOperationKind.Prefetch, offset, lengthBytes, cancellationToken);
        return this;
    }

    public FileOperation ToFlush()
    {
        Kind = FileOperationKind.Flush;
        return this;
    }

    public override void Run() => disk.Perform(this);

    public void Complete(IoStatus status) => Complete(new ExtentStatus(status, ProvisioningState.Mapped, 0));

    public void Complete(ExtentStatus result)
    {
        _result = result;
        Leave();
    }

    public void Fail(Exception exception)
    {
        _exception = exception;
        Leave();
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (_exception is { } exception) _core.SetException(exception);
        else _core.SetResult(_result);
    }

    IoStatus IValueTaskSource<IoStatus>.GetResult(short token) => TakeResult(token).Status;

    ExtentStatus IValueTaskSource<ExtentStatus>.GetResult(short token) => TakeResult(token);

    ValueTaskSourceStatus IValueTaskSource<IoStatus>.GetStatus(short token) => _core.GetStatus(token);

    ValueTaskSourceStatus IValueTaskSource<ExtentStatus>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<IoStatus>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource<ExtentStatus>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Leave()
    {
        disk.EndCall();
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private ExtentStatus TakeResult(short token)
    {
        ExtentStatus result;
        try
        {
            result = _core.GetResult(token);
        }
        catch (InvalidOperationException) when (_core.Version != token)
        {
            throw;      // a task awaited twice: the operation is another's by now, and must not go back to the pool
        }
        catch
        {
            GiveBack();
            throw;
        }
        GiveBack();
        return result;
    }

    private void GiveBack()
    {
        _core.Reset();
        (Buffer, CancellationToken, _exception) = (default, default, null);
        disk.Operations.Return(this);
    }
}
