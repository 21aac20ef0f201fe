using System.Threading.Tasks.Sources;

namespace Blockwire.Initiator.Tests.Fakes;

/// <summary>Answers each command when it is told to, and allocates nothing for it.</summary>
internal sealed class LateExecutor : IScsiExecutor, IValueTaskSource<ScsiResult>
{
    private ManualResetValueTaskSourceCore<ScsiResult> _core;

    public ValueTask<ScsiResult> ExecuteAsync(in ScsiRequest request, CancellationToken cancellationToken)
    {
        _core.Reset();
        return new ValueTask<ScsiResult>(this, _core.Version);
    }

    public void Complete(ScsiResult result) => _core.SetResult(result);

    public ScsiResult GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
