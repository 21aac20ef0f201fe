using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Blockwire.Initiator;

/// <summary>A command under way whose good end allocates nothing. Reused; its task is awaited once, as any <see cref="ValueTask"/>.</summary>
internal sealed class UnitTransfer : IValueTaskSource
{
    private readonly UnitTransferPool _pool;
    private readonly Action _onCompleted;
    private ManualResetValueTaskSourceCore<bool> _end;
    private ConfiguredValueTaskAwaitable<ScsiResult>.ConfiguredValueTaskAwaiter _awaiter;
    private ScsiRequest _request;
    private string _operation = "";
    private CancellationToken _cancellationToken;

    public UnitTransfer(UnitTransferPool pool)
    {
        _pool = pool;
        _onCompleted = OnCompleted;
    }

    internal UnitTransfer? Next { get; set; }

    /// <summary>Waits for a command and judges its answer.</summary>
    public ValueTask Follow(string operation, in ScsiRequest request, ValueTask<ScsiResult> pending, CancellationToken cancellationToken)
    {
        _operation = operation;
        _request = request;
        _cancellationToken = cancellationToken;
        _awaiter = pending.ConfigureAwait(false).GetAwaiter();
        _awaiter.UnsafeOnCompleted(_onCompleted);
        return new ValueTask(this, _end.Version);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _end.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _end.OnCompleted(continuation, state, token, flags);

    public void GetResult(short token)
    {
        // Asked too early, or a second time: it stays as it is, as it would otherwise be another caller's while it is still under way.
        if (_end.GetStatus(token) == ValueTaskSourceStatus.Pending)
        {
            throw new InvalidOperationException("the transfer has not ended; await it, or wait for its AsTask()");
        }

        try
        {
            _end.GetResult(token);
        }
        finally
        {
            _end.Reset();
            _request = default;
            _awaiter = default;
            _cancellationToken = default;
            _pool.Return(this);
        }
    }

    private void OnCompleted()
    {
        ScsiResult result;
        try
        {
            result = _awaiter.GetResult();
        }
        catch (Exception e)
        {
            _end.SetException(e);
            return;
        }

        if (TransferRules.IsComplete(_request, result))
        {
            _end.SetResult(true);
        }
        else
        {
            _ = FinishAsync(result);
        }
    }

    private async Task FinishAsync(ScsiResult result)
    {
        try
        {
            await TransferRules.FinishAsync(_pool.Runner, _operation, _request, result, _cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _end.SetException(e);
            return;
        }

        _end.SetResult(true);
    }
}

/// <summary>Transfers that are not under way.</summary>
/// <param name="runner">What goes on when an answer is not good.</param>
internal sealed class UnitTransferPool(CommandRunner runner)
{
    private const int Most = 256;

    private readonly Lock _gate = new();
    private UnitTransfer? _free;
    private int _count;

    public CommandRunner Runner => runner;

    public UnitTransfer Rent()
    {
        lock (_gate)
        {
            if (_free is { } transfer)
            {
                _free = transfer.Next;
                transfer.Next = null;
                _count--;
                return transfer;
            }
        }

        return new UnitTransfer(this);
    }

    public void Return(UnitTransfer transfer)
    {
        lock (_gate)
        {
            if (_count < Most)
            {
                transfer.Next = _free;
                _free = transfer;
                _count++;
            }
        }
    }
}
