using System.Threading.Tasks.Sources;
using Blockwire.Protocol.Initiator;
using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>
/// A command of a caller: the core's task, and the source of the caller's <see cref="ValueTask{TResult}"/>. It goes back to its session once the caller has taken the
/// result, so that in steady state nothing is allocated.
/// </summary>
internal sealed class ScsiTask(IscsiSession session) : InitiatorTask, IValueTaskSource<ScsiResult>, IThreadPoolWorkItem
{
    private const int CallbackIsOver = 1, EndedFirst = 2;

    private static readonly Action<object?> _onCancelled = static state => ((ScsiTask)state!).OnCancelled();

    private ManualResetValueTaskSourceCore<ScsiResult> _source;
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancellation;
    private int _steps;
    private int _callback;

    /// <summary>The task that its caller waits for.</summary>
    public ValueTask<ScsiResult> Result => new(this, _source.Version);

    public void Fill(in ScsiRequest request, ulong lun, CancellationToken cancellationToken)
    {
        Lun = lun;
        Cdb = request.Cdb;
        LongCdb = request.LongCdb;
        DataOut = request.DataOut;
        DataIn = request.DataIn;
        Attribute = (byte)(request.Attribute ?? TaskAttribute.Simple);
        MayRepeat = request.Repeat == Repeat.Allowed;
        TimeLimit = request.TimeLimit ?? TimeSpan.Zero;
        _cancellation = cancellationToken;
        _steps = 0;
        _callback = 0;
    }

    /// <summary>Submitted: from now on a cancellation reaches it.</summary>
    public void Watch()
    {
        if (_cancellation.CanBeCanceled)
        {
            _registration = _cancellation.UnsafeRegister(_onCancelled, this);
            LastStep();
        }
    }

    /// <inheritdoc/>
    protected override void OnReleased()
    {
        if (!_cancellation.CanBeCanceled)
        {
            Complete();
        }
        else
        {
            LastStep();
        }
    }

    // Registering and ending may come in either order; whoever is second goes on, so that the registration is there to be taken back.
    private void LastStep()
    {
        if (Interlocked.Increment(ref _steps) != 2)
        {
            return;
        }

        // Not Dispose, which waits for a callback that runs: two that let go of each other's tasks would wait for ever.
        bool isTakenBack = _registration.Unregister();
        _registration = default;
        if (isTakenBack || Interlocked.Exchange(ref _callback, EndedFirst) == CallbackIsOver)
        {
            Complete();
        }
    }

    private void Complete()
    {
        if (session.CompletesInline)
        {
            SetResult();
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute() => SetResult();

    private void SetResult()
    {
        if (End == RequestEnd.Answered)
        {
            _source.SetResult(new ScsiResult((ScsiStatus)Status, DataInBytes)
            {
                ResidualFlags = ResidualFlags,
                Residual = Residual,
                BidirectionalReadResidual = BidirectionalReadResidual,
                Sense = Sense,
            });
        }
        else
        {
            _source.SetException(Failure());
        }
    }

    private Exception Failure()
    {
        CommandFate fate = MayHaveRun ? CommandFate.MayHaveRun : CommandFate.NotRun;
        return End == RequestEnd.Aborted && _cancellation.IsCancellationRequested
            ? new OperationCanceledException($"the command was cancelled; it {(MayHaveRun ? "may have run" : "has not run")}", _cancellation)
            : new CommandLostException(fate, $"{session.Describe()}: {Why}; the command {(MayHaveRun ? "may have run" : "has not run")}", session.FailureOf(End));
    }

    private void OnCancelled()
    {
        session.Cancel(this);
        if (Interlocked.Exchange(ref _callback, CallbackIsOver) == EndedFirst)
        {
            Complete();
        }
    }

    ScsiResult IValueTaskSource<ScsiResult>.GetResult(short token)
    {
        // Asked too early, or a second time: the task stays as it is, as it would otherwise be another caller's while it is still under way.
        if (_source.GetStatus(token) == ValueTaskSourceStatus.Pending)
        {
            throw new InvalidOperationException("the command has not ended; await it, or wait for its AsTask()");
        }

        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            Forget();
            session.Return(this);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<ScsiResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<ScsiResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void Forget()
    {
        _source.Reset();
        _cancellation = default;
        DataOut = default;
        DataIn = default;
        LongCdb = default;
    }
}
