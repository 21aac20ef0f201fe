using Blockwire.Protocol.Session;

namespace Blockwire.Target;

/// <summary>Waits for the tasks that a former session or connection left with the disk.</summary>
internal sealed class DrainWait : EndWait
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override TargetConnection? AnswersOn => null;

    /// <summary>Completes when the last of them has ended.</summary>
    public Task Over => _over.Task;

    public void Complete() => _over.TrySetResult();
}
